"""The questions of the intake: what config/intake.toml holds.

One law: it reminds a practitioner and decides nothing; there is no answer that clears anybody. It knows no client.
"""

from typing import Annotated, Literal

from msgspec import Meta, Struct

ItemId = Annotated[str, Meta(pattern=r"^[a-z0-9_]{1,40}\Z")]


class IntakeItem(Struct, frozen=True, forbid_unknown_fields=True):
    """One question, asked so that "yes" is the answer to look at.

    `absolute` blocks a start, `caution` is shown. `within_days`: it is about so many days back; unset: ever or now.
    """

    id: ItemId
    question: Annotated[str, Meta(min_length=1, max_length=200)]
    kind: Literal["absolute", "caution"]
    within_days: Annotated[int, Meta(ge=1, le=36_500)] | None = None

    @property
    def words(self) -> str:
        """The question with its time: `A broken bone or rib? (within the last 6 months)`."""
        return self.question if self.within_days is None else f"{self.question} (within {_span(self.within_days)})"


class Checklist(Struct, frozen=True, forbid_unknown_fields=True):
    """All questions, in the order they are asked, and what is said before them."""

    reminder: Annotated[str, Meta(min_length=1, max_length=300)]
    items: Annotated[tuple[IntakeItem, ...], Meta(min_length=1, max_length=100)]
    sources: Annotated[tuple[str, ...], Meta(max_length=20)] = ()
    """Whose lists the questions come from."""

    def __post_init__(self) -> None:
        ids = [item.id for item in self.items]
        for number, name in enumerate(ids):
            if name in ids[:number]:
                raise ValueError(f'item id "{name}" is used twice; allowed: once each')


def _span(days: int) -> str:
    if days == 1:
        return "the last 24 hours"
    if days < 14:
        return f"the last {days} days"
    if days < 90:
        return f"the last {round(days / 7)} weeks"
    return f"the last {round(days / 30.5)} months"
