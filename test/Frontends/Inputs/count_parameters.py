"""Prints the number of elements of what `tenonc --names` lists on standard input."""

import math
import re
import sys

total = 0
for line in sys.stdin:
    sizes = re.fullmatch(r"\S+ \w+\[(.*)\]\n", line)[1]
    total += math.prod(int(size) for size in sizes.split(", ") if size)
print(total)
