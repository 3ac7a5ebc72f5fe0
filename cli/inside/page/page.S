/* The page of view, as the Makefile put it together, and its length. */
#include "lib/embed.inc"
    EMBED_BYTES
    EMBED_GLOBAL(view_page)
EMBED_NAME(view_page):
    .incbin "view.html"
view_page_end:
    .balign 8
    EMBED_GLOBAL(view_page_size)
EMBED_NAME(view_page_size):
    .quad view_page_end - EMBED_NAME(view_page)
    EMBED_END
