"""Types with bounds that several settings share."""

from typing import Annotated

from msgspec import Meta

Name = Annotated[str, Meta(pattern=r"^[A-Za-z0-9][A-Za-z0-9 _-]{0,31}\Z")]
SessionId = Annotated[str, Meta(pattern=r"^([0-9a-f]{16})?\Z")]
"""Random, so that it says nothing of anybody; empty: none was given."""
Fraction = Annotated[float, Meta(ge=0, le=1)]
PositiveKg = Annotated[float, Meta(gt=0, le=500)]
ChannelNumber = Annotated[int, Meta(ge=0, le=7)]
Code = Annotated[str, Meta(pattern=r"^(?=[A-Za-z-]*[0-9])[A-Za-z0-9][A-Za-z0-9-]{1,23}\Z")]
"""What a client or a therapist is called: with a digit in it, so that it is nobody's name."""
