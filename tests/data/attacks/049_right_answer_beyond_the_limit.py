a, b = map(int, input().split())
print(a + b, end='')
print(' ' * 10_000_000)
print()
