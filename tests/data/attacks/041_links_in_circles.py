import os
os.chdir('/box')
os.symlink('b', 'a'); os.symlink('a', 'b'); os.symlink('.', 'self'); os.symlink('/', 'root')
os.mkdir('d'); os.symlink('..', 'd/up')
open('f', 'w').close()
for k in range(200):
    os.link('f', f'f{k}')
print(0)
