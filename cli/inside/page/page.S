/* The page of view, as the Makefile put it together, and its length. */
#ifdef __CET__
#include <cet.h> /* the note that this object does not stand in CET's way */
#endif
    .section .rodata
    .globl view_page
    .hidden view_page
view_page:
    .incbin "view.html"
view_page_end:
    .balign 8
    .globl view_page_size
    .hidden view_page_size
view_page_size:
    .quad view_page_end - view_page
    .section .note.GNU-stack, "", %progbits
