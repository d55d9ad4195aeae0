    .global answer
answer:
    mov w0, #42
    ret
