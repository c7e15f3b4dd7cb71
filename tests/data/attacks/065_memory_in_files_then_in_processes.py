import os

for folder, size in (("/box", 15), ("/tmp", 3)):
    with open(f"{folder}/full", "wb") as file:
        file.write(b"x" * (size << 20))
for _ in range(3):
    os.fork()
held = []
while True:
    held.append(bytearray(b"x") * (1 << 20))
