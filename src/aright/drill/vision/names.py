"""Every word that these services send: the rest of aright must know none of them, and a test checks that."""

from __future__ import annotations

from typing import Final

SERVICE: Final = "pomona-grading"
RESIZER: Final = "pomona-resizer"
DESK: Final = "pomona-review-desk"
"""A tool of the reviewers, which has nothing to do with what is graded."""

HOST: Final = "resize.pomona.internal"
"""Under which name the grading service calls the resizer."""

GRADE: Final = "/grade"
RESIZE: Final = "/v1/resize"

MODEL: Final = "pomona-eye"
OLDEST: Final = "2025.10.2"
VERSIONS: Final = ("2026.01.4", "2026.03.0")
"""The model version that serves at first, and the one that a release brings; the oldest served before."""

RELEASES: Final = ("5.2.0", "5.2.1")
"""Of the review desk or the grading service: the second changes nothing that is graded."""

RESIZER_RELEASES: Final = ("1.18.3", "1.19.0")

KINDS: Final = ("cherry", "apple", "orange", "lemon", "pear", "plum")
"""What is on the belt; the field's words, not the drill's."""

MAKE: Final = "lens_maker"
CAMERA: Final = "lens_model"
FIRMWARE: Final = "lens_firmware"
HOUSE: Final = "packing_house"
BELT: Final = "belt_lane"
LAMP: Final = "lamp_batch"
CREW: Final = "crew_shift"
ATTRIBUTES: Final = (MAKE, CAMERA, FIRMWARE, HOUSE, BELT, LAMP, CREW)
"""The third says whose firmware took the picture; three go along with it, and the last three mean nothing."""

MAKES: Final = ("Halvorsen", "Tessarini", "Okonomi")
CAMERAS: Final = {
    "Halvorsen": ("HV-20", "HV-31"),
    "Tessarini": ("Occhio 4", "Occhio 5"),
    "Okonomi": ("OK-M7", "OK-M9"),
}
FIRMWARES: Final = {
    "Halvorsen": ("hv 7.1.3", "hv 7.2.0"),
    "Tessarini": ("tess-r118", "tess-r119"),
    "Okonomi": ("oko 3.04", "oko 3.05"),
}
"""By maker: the firmware that its cameras have at first, and the one that some of them are given."""

HOUSES: Final = ("dornfeld", "alsterbruch", "kornhude", "weidenau")
BELTS: Final = ("belt-1", "belt-2", "belt-3")
LAMPS: Final = ("lamp-a", "lamp-b", "lamp-c", "lamp-d")
CREWS: Final = ("early", "late")

IMAGE: Final = "image"
"""The source of what is told of a picture as the camera took it, by the names that the SDK gives it."""

RESIZED: Final = "resized.image"
"""The same of what the resizer made of it, which is what the model sees."""

RAW: Final = "take-raw-stream"
ROLL_BACK: Final = "serve-eye-version"
PIN: Final = "ask-resizer-for-layout"
"""The mitigations that the grading service offers."""

CORRECT: Final = "correct"
"""The kind of outcome that a reviewer gives; the field's word, not the drill's."""


def distinctive() -> tuple[str, ...]:
    """Return the words by which aright could recognise this drill.

    >>> "lens_firmware" in distinctive(), "correct" in distinctive()
    (True, False)
    """
    firmwares = (each for pair in FIRMWARES.values() for each in pair)
    cameras = (each for pair in CAMERAS.values() for each in pair)
    told = (SERVICE, RESIZER, DESK, HOST, MODEL, *VERSIONS, *ATTRIBUTES, RAW, ROLL_BACK, PIN)
    return (*told, *MAKES, *cameras, *firmwares, *HOUSES, *(each for each in LAMPS))
