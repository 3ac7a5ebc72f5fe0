/*
 * embed.h - for assembly that takes files into the program: what ELF and Mach-O
 * call differently. Names get the underscore of Mach-O by EMBED_NAME().
 */
#ifdef __CET__
#include <cet.h> /* the note that an object does not stand in CET's way */
#endif
#if defined(__APPLE__)
#define EMBED_NAME(name) _##name
#define EMBED_BYTES .section __DATA,__const
#define EMBED_POINTERS .section __DATA,__const
#define EMBED_GLOBAL(name) .globl _##name; .private_extern _##name
#define EMBED_END .subsections_via_symbols
#else
#define EMBED_NAME(name) name
#define EMBED_BYTES .section .rodata
#define EMBED_POINTERS .section .data.rel.ro, "aw"
#define EMBED_GLOBAL(name) .globl name; .hidden name
#define EMBED_END .section .note.GNU-stack, "", %progbits
#endif
