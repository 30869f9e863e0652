"""How Chinese names sound: for finding people by their letters and for sorting the contacts."""

from functools import lru_cache

# Surnames that are read otherwise than their character mostly is.
_SURNAMES = {"曾": "zeng", "单": "shan", "解": "xie", "仇": "qiu", "查": "zha", "任": "ren"}
_OTHER = "#"


@lru_cache(maxsize=4096)
def syllables(name: str) -> tuple[str, ...]:
    """A name's syllables in small letters, one a Chinese character; other runs stay whole.

    Without pypinyin, Chinese characters stand for themselves.
    """
    try:
        from pypinyin import lazy_pinyin
    except ImportError:
        return tuple(name.lower())
    spelled = [part.strip().lower() for part in lazy_pinyin(name)]
    if name and name[0] in _SURNAMES:
        spelled[0] = _SURNAMES[name[0]]
    return tuple(part for part in spelled if part)


def sounds_like(name: str, letters: str) -> bool:
    """Whether letters spell a part of a name from a syllable on, whole or by initials."""
    wanted = "".join(letters.lower().split())
    if not (wanted.isascii() and wanted.isalnum()):
        return False
    parts = syllables(name)
    for start in range(len(parts)):
        rest = parts[start:]
        if "".join(rest).startswith(wanted):
            return True
        if "".join(part[0] for part in rest).startswith(wanted):
            return True
    return False


def initial(name: str) -> str:
    """The letter below which the contacts list a name: A to Z, or # for the others."""
    first = next(iter(syllables(name)), "")[:1].upper()
    return first if first.isascii() and first.isalpha() else _OTHER


def place(name: str) -> tuple[bool, tuple[str, ...], str]:
    """Where a name stands among others; # comes last."""
    return initial(name) == _OTHER, syllables(name), name
