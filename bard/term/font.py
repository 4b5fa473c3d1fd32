"""Block letters and digits that can be read across a room.

One law: five columns by seven rows a glyph, drawn in full blocks only, so that every font has them. It knows what a
glyph looks like, and nothing of what it means.
"""

ROWS = 7
_GAP = 1

_GLYPHS = {
    "0": " ### |#   #|#   #|#   #|#   #|#   #| ### ",
    "1": "  #  | ##  |  #  |  #  |  #  |  #  | ### ",
    "2": " ### |#   #|    #|  ## | #   |#    |#####",
    "3": "#### |    #|    #| ### |    #|    #|#### ",
    "4": "#   #|#   #|#   #|#####|    #|    #|    #",
    "5": "#####|#    |#### |    #|    #|#   #| ### ",
    "6": " ### |#    |#    |#### |#   #|#   #| ### ",
    "7": "#####|    #|   # |  #  |  #  |  #  |  #  ",
    "8": " ### |#   #|#   #| ### |#   #|#   #| ### ",
    "9": " ### |#   #|#   #| ####|    #|    #| ### ",
    ".": " | | | | | |#",
    "-": "    |    |    |####|    |    |    ",
    " ": "   |   |   |   |   |   |   ",
    "D": "#### |#   #|#   #|#   #|#   #|#   #|#### ",
    "E": "#####|#    |#    |#### |#    |#    |#####",
    "I": "###| # | # | # | # | # |###",
    "K": "#   #|#  # |# #  |##   |# #  |#  # |#   #",
    "M": "#   #|## ##|# # #|# # #|#   #|#   #|#   #",
    "N": "#   #|##  #|##  #|# # #|#  ##|#  ##|#   #",
    "O": " ### |#   #|#   #|#   #|#   #|#   #| ### ",
    "R": "#### |#   #|#   #|#### |# #  |#  # |#   #",
    "T": "#####|  #  |  #  |  #  |  #  |  #  |  #  ",
    "U": "#   #|#   #|#   #|#   #|#   #|#   #| ### ",
    "W": "#   #|#   #|#   #|# # #|# # #|## ##|#   #",
}


def big(text: str, most_columns: int, most_rows: int) -> list[str]:
    """`text` in the largest size that fits; as it stands, on one row, where none does."""
    for wide, high in ((4, 2), (2, 1), (1, 1)):
        rows = _drawn(text, wide, high)
        if len(rows) <= most_rows and len(rows[0]) <= most_columns:
            return rows
    return [text[:most_columns]]


def _drawn(text: str, wide: int, high: int) -> list[str]:
    glyphs = [_GLYPHS[letter].split("|") for letter in text]
    rows = []
    for number in range(ROWS):
        dots = (" " * _GAP).join(glyph[number] for glyph in glyphs)
        row = "".join(("█" if dot == "#" else " ") * wide for dot in dots)
        rows += [row] * high
    return rows
