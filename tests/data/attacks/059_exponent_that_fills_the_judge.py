from decimal import Decimal


def add(a, b):
    return Decimal("1e99999999")
