"""Elementary functions that give the same bits on every machine.

Libraries' exp and log differ between processors and versions. These use only IEEE 754 + - * / sqrt and exact scaling
(frexp, ldexp), one operation an array pass, so no compiler can fuse them. Errors stay below 1e-14 relative.
The normal quantile is algorithm AS 241, PPND16 (Wichura 1988, Applied Statistics 37:477-484).
"""

from __future__ import annotations

import math
from functools import lru_cache
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Number = TypeVar("Number", float, Floats)

_LN2_HIGH = 6.93147180369123816490e-01
_LN2_LOW = 1.90821492927058770002e-10

_SERIES = tuple(1.0 / k for k in range(1, 25, 2))
"""Of the area hyperbolic tangent."""

_A = (
    3.3871328727963666080e0, 1.3314166789178437745e2, 1.9715909503065514427e3, 1.3731693765509461125e4,
    4.5921953931549871457e4, 6.7265770927008700853e4, 3.3430575583588128105e4, 2.5090809287301226727e3,
)  # fmt: skip
_B = (
    1.0, 4.2313330701600911252e1, 6.8718700749205790830e2, 5.3941960214247511077e3,
    2.1213794301586595867e4, 3.9307895800092710610e4, 2.8729085735721942674e4, 5.2264952788528545610e3,
)  # fmt: skip
_C = (
    1.42343711074968357734e0, 4.63033784615654529590e0, 5.76949722146069140550e0, 3.64784832476320460504e0,
    1.27045825245236838258e0, 2.41780725177450611770e-1, 2.27238449892691845833e-2, 7.74545014278341407640e-4,
)  # fmt: skip
_D = (
    1.0, 2.05319162663775882187e0, 1.67638483018380384940e0, 6.89767334985100004550e-1,
    1.48103976427480074590e-1, 1.51986665636164571966e-2, 5.47593808499534494600e-4, 1.05075007164441684324e-9,
)  # fmt: skip
_E = (
    6.65790464350110377720e0, 5.46378491116411436990e0, 1.78482653991729133580e0, 2.96560571828504891230e-1,
    2.65321895265761230930e-2, 1.24266094738807843860e-3, 2.71155556874348757815e-5, 2.01033439929228813265e-7,
)  # fmt: skip
_F = (
    1.0, 5.99832206555887937690e-1, 1.36929880922735805310e-1, 1.48753612908506148525e-2,
    7.86869131145613259100e-4, 1.84631831751005468180e-5, 1.42151175831644588870e-7, 2.04426310338993978564e-15,
)  # fmt: skip


def _polynomial(coefficients: tuple[float, ...], x: Number) -> Number:
    out = x * coefficients[-1]
    out += coefficients[-2]
    for c in reversed(coefficients[:-2]):
        out *= x
        out += c
    return out


def log(x: Floats | float) -> Floats:
    """The natural logarithm of positive doubles."""
    mantissa, exponent = np.frexp(np.asarray(x, np.float64))
    low = mantissa < 0.7071067811865476
    mantissa = np.where(low, mantissa * 2.0, mantissa)
    power = (exponent - low).astype(np.float64)
    s = (mantissa - 1.0) / (mantissa + 1.0)
    square = s * s
    series = _polynomial(_SERIES, square)
    return power * _LN2_HIGH + (2.0 * s * series + power * _LN2_LOW)


def exp(x: Floats | float) -> Floats:
    """e to the power of doubles in -700 .. 700."""
    x = np.asarray(x, np.float64)
    power = np.rint(x * 1.4426950408889634)
    rest = (x - power * _LN2_HIGH) - power * _LN2_LOW
    factorial, coefficients = 1.0, [1.0]
    for k in range(1, 15):
        factorial *= k
        coefficients.append(1.0 / factorial)
    return np.ldexp(_polynomial(tuple(coefficients), rest), power.astype(np.int32))


def power(base: Floats, exponent: float) -> Floats:
    """Positive doubles to a real power."""
    return exp(exponent * log(base))


def normal_quantile(p: Floats) -> Floats:
    """Quantiles of the standard normal distribution for probabilities strictly between 0 and 1."""
    p = np.asarray(p, np.float64)
    q = p - 0.5
    out = np.empty_like(q)
    central = np.abs(q) <= 0.425
    some = q[central]
    r = 0.180625 - some * some
    out[central] = some * _polynomial(_A, r) / _polynomial(_B, r)
    tail = np.minimum(p, 1.0 - p)[~central]
    root = np.sqrt(-log(np.maximum(tail, 1e-300)))
    outer = np.empty_like(root)
    for hit, shift, upper, lower in ((root <= 5.0, 1.6, _C, _D), (root > 5.0, 5.0, _E, _F)):
        some = root[hit] - shift
        outer[hit] = _polynomial(upper, some) / _polynomial(lower, some)
    out[~central] = np.where(q[~central] < 0, -outer, outer)
    return out


def _one_log(x: float) -> float:
    """`log`, step by step, of one number: an array of one costs thirty times as much."""
    mantissa, exponent = math.frexp(x)
    if mantissa < 0.7071067811865476:
        mantissa, exponent = mantissa * 2.0, exponent - 1
    s = (mantissa - 1.0) / (mantissa + 1.0)
    return exponent * _LN2_HIGH + (2.0 * s * _polynomial(_SERIES, s * s) + exponent * _LN2_LOW)


def _one_normal_quantile(p: float) -> float:
    """`normal_quantile`, step by step, of one probability."""
    q = p - 0.5
    if abs(q) <= 0.425:
        r = 0.180625 - q * q
        return q * _polynomial(_A, r) / _polynomial(_B, r)
    root = math.sqrt(-_one_log(max(min(p, 1.0 - p), 1e-300)))
    near, far = root - 1.6, root - 5.0
    outer = _polynomial(_C, near) / _polynomial(_D, near) if root <= 5.0 else _polynomial(_E, far) / _polynomial(_F, far)
    return -outer if q < 0 else outer


@lru_cache(maxsize=4_096)
def normal_probability(z: float) -> float:
    """The standard normal distribution function at z, as the inverse of `normal_quantile` by bisection; kept, since distributions ask
    for the same ends with every draw."""
    if z < -8.0:
        return 0.0
    if z > 8.0:
        return 1.0
    low, high = 1e-16, 1.0 - 1e-16
    for _ in range(80):
        middle = (low + high) / 2
        if _one_normal_quantile(middle) < z:
            low = middle
        else:
            high = middle
    return (low + high) / 2
