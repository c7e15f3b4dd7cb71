with open('/box/giant', 'wb') as file:
    file.seek(1 << 40)
    file.write(b'x')
print(3)
