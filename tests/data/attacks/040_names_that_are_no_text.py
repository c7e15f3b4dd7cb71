import os
os.chdir(b'/box')
for name in (b'\xff\xfe', b'new\nline', b'-rf', b' ', b'a' * 255):
    os.makedirs(name + b'' if len(name) < 250 else name, exist_ok=True)
    open(os.path.join(name, b'f'), 'w').close()
    os.chmod(name, 0)
print(0)
