/* The page of view, as the Makefile put it together, between two symbols. */
    .section .rodata
    .globl view_page
    .hidden view_page
view_page:
    .incbin "view.html"
    .globl view_page_end
    .hidden view_page_end
view_page_end:
    .section .note.GNU-stack, "", %progbits
