/* What a helper gives up before it reads what came from outside. */
#ifndef HELPER_CAGE_H
#define HELPER_CAGE_H

#include <stdbool.h>

enum {
    CAGE_MEMORY_MB = 512, /* address space; libraries are in it */
    CAGE_CPU_S = 20,
};

/* From now on: memory and exit, reading and writing what is open. No file is opened, no socket, no
   process made; no memory is made executable. Whoever tries hears EPERM. False when the kernel
   does not do it: then nothing may be read. */
bool cage_lock(void);
/* The same, but that files below the folders of fonts may be read: who draws letters that a
   document did not bring along needs them. Where the kernel cannot tell folders apart (Landlock),
   as cage_lock. */
bool cage_lock_to_fonts(void);

#endif
