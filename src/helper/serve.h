/* Many documents, each in a process of its own: the helper starts once, makes its libraries ready,
   and forks for each document. What a document does to its process ends with it. */
#ifndef HELPER_SERVE_H
#define HELPER_SERVE_H

/* In a fresh process, whose descriptor 0 is the document and 1 the output; the result is its exit
   status. */
typedef int helper_fn(const char *what);
/* Answers what comes on descriptor 0, a socket of packets: a word with two descriptors (document,
   output), answered by the wait status of who read it. Ends when the socket does, or when nothing
   came for HELPER_IDLE_S. */
int helper_serve(helper_fn *run);

enum { HELPER_WORD_MAX = 32, HELPER_IDLE_S = 60 };

#endif
