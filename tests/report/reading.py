"""What stands in a page: its elements, and its text as a person reads it."""

import re
from html.parser import HTMLParser


class Page(HTMLParser):
    """`elements`: (tag, attributes) in order; `text`: everything outside of style, spaces made one."""

    def __init__(self, source: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self._texts: list[str] = []
        self._open: list[str] = []
        self.feed(source)
        self.close()
        self.text = re.sub(r"\s+", " ", " ".join(self._texts))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag == "style":
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if self._open and tag == self._open[-1]:
            self._open.pop()

    def handle_data(self, data: str) -> None:
        if not self._open:
            self._texts.append(data)


def check_contained(source: str) -> None:
    """Nothing runs, nothing is fetched, no id stands twice, every picture has its words."""
    page = Page(source)
    tags = {tag for tag, _ in page.elements}
    assert not tags & {"script", "img", "link", "iframe", "object", "embed", "form", "image", "use", "foreignobject"}
    for tag, attributes in page.elements:
        assert not [name for name in attributes if name in ("src", "href") or name.startswith("on")], (tag, attributes)
    assert not re.search(r"url\((?!#)|@import", source.replace("&#34;", ""))
    policy = [attributes for tag, attributes in page.elements if "http-equiv" in attributes]
    assert [str(one["content"]).split(";")[0] for one in policy] == ["default-src 'none'"]
    ids = [attributes["id"] for _, attributes in page.elements if "id" in attributes]
    assert len(ids) == len(set(ids))
    used = set(re.findall(r"url\(#([^)]+)\)", source))
    for tag, attributes in page.elements:
        if tag == "svg" and attributes.get("aria-hidden") != "true":
            used |= set(str(attributes["aria-labelledby"]).split())
    assert used <= set(ids)
    assert "nan" not in re.findall(r"[a-z]+", page.text.lower())
    assert not re.findall(r"\bNone\b", page.text)
