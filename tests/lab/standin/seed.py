"""Numbers and names that depend on nothing but their arguments, so that the
same seed gives the same engine, and figures that move without being kept."""
import hashlib
import math

MASK = (1 << 64) - 1


def mix(*parts):
    """A well spread 64-bit number made from integers."""
    z = 0
    for part in parts:
        z = (z + part + 0x9E3779B97F4A7C15) & MASK
        z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & MASK
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
        z ^= z >> 31
    return z


def unit(*parts):
    """A number in [0, 1) made from integers."""
    return mix(*parts) / 2.0**64


def digest(*parts):
    """64 hexadecimal digits made from anything printable."""
    text = "\0".join(str(part) for part in parts)
    return hashlib.sha256(text.encode()).hexdigest()


def key(*parts):
    """An integer, for mix(), made from anything printable."""
    return int(digest(*parts)[:16], 16)


class Wave:
    """A positive figure that swings smoothly around `mean`, with its integral:
    a counter made from it never goes back, and nothing has to be stored."""

    __slots__ = ("mean", "terms")

    def __init__(self, mean, swing, seed):
        self.mean = mean
        self.terms = []
        for n, share in enumerate((0.6, 0.3, 0.1)):
            period = (900.0, 140.0, 17.0)[n] * (0.7 + 0.6 * unit(seed, n))
            phase = 2 * math.pi * unit(seed, n, 1)
            self.terms.append((mean * swing * share,
                               2 * math.pi / period, phase))

    def at(self, t):
        return self.mean + sum(a * math.sin(w * t + p)
                               for a, w, p in self.terms)

    def sum(self, t):
        """The integral from 0 to t."""
        return self.mean * t + sum(a / w * (math.cos(p) - math.cos(w * t + p))
                                   for a, w, p in self.terms)
