"""Numbers in, arrays changed in place: NumPy int64 and Numba, nothing of the house.

Every kernel takes plain arrays (or the named tuples of arrays in ``state``), changes them in place
and returns a count or a status. None allocates per instruction, none uses floating point on a balance.
"""
