/* Sieve (RFC 5228 and its extensions, docs/SIEVE.md): scripts compiled once, run on a message;
   what they decide is handed back as a list of actions. Nothing is stored or sent here. */
#ifndef SERVICE_SIEVE_H
#define SERVICE_SIEVE_H

#include "base/err.h"
#include "base/str.h"

struct sieve_outcome; /* service/sieve/outcome.h */
struct sieve_world;   /* service/sieve/world.h */

/* A script that was found right, as it is run. Never changes; safe for all threads. */
struct sieve_program;

enum {
    SIEVE_SCRIPT_MAX = 1024 * 1024, /* bytes of a script */
    SIEVE_PROBLEMS_MAX = 20         /* told of one script */
};

/* What is wrong with a script, for its author: "line 3: ..." is made from it. */
struct sieve_problem {
    uint32_t line, column; /* from 1 */
    struct str text;       /* plain words, no line end */
};

struct sieve_problems {
    struct sieve_problem at[SIEVE_PROBLEMS_MAX]; /* in the order of their lines */
    size_t count;
};

/* What a script may ask for. All zero: everything, but what only the server's own scripts may. */
struct sieve_options {
    uint64_t refused;       /* bits of sieve_extension_bit: as if they did not exist here */
    uint32_t redirects_max; /* 0: SIEVE_REDIRECTS_MAX */
};

/* Compiles a script. problems (all of it is written, texts in cx->arena) has what is wrong when
   E_SYNTAX comes back; E_LIMIT, with a problem as well, past SIEVE_SCRIPT_MAX or a limit of
   docs/SIEVE.md. options may be NULL. The program is the caller's: sieve_program_unref. */
MUST_USE enum code sieve_compile(struct ctx *cx, struct str text,
                                 const struct sieve_options *options, struct sieve_program **out,
                                 struct sieve_problems *problems);
/* One more owner; one owner less, and the end of it with the last. */
struct sieve_program *sieve_program_ref(struct sieve_program *p);
void sieve_program_unref(struct sieve_program *p);
AUTO_OF(struct sieve_program *, sieve_program_unref)

/* Whether the script names this extension in a require. */
bool sieve_program_requires(const struct sieve_program *p, struct str extension);

/* Runs a program on the message of the world. out, in cx->arena: the actions in their order, the
   implicit keep already put among them. A script that goes wrong while it runs is no failure of
   this call: out->error says why, and out has the one action "keep" (RFC 5228 section 2.10.6). */
void sieve_run(struct ctx *cx, const struct sieve_program *p, const struct sieve_world *world,
               struct sieve_outcome *out);

/* The bit of an extension ("vacation-seconds") for sieve_options.refused; 0 when there is none. */
uint64_t sieve_extension_bit(struct str name);
/* Names by spaces, as ManageSieve's SIEVE capability lists them (RFC 5804 section 1.7); without
   those refused. */
struct str sieve_extensions(struct arena *a, uint64_t refused);
/* The schemes of notification URIs that the language knows, by spaces ("mailto xmpp"). */
struct str sieve_notify_methods(void);

/* Compiled scripts that are at hand, by their text and options: the most recently used stay. Safe
   for all threads. */
struct sieve_cache;
struct sieve_cache *sieve_cache_open(size_t programs_max);
void sieve_cache_close(struct sieve_cache *c);
AUTO_OF(struct sieve_cache *, sieve_cache_close)
/* As sieve_compile, but only where it was not compiled before. What is wrong is not kept. */
MUST_USE enum code sieve_cache_compile(struct ctx *cx, struct sieve_cache *c, struct str text,
                                       const struct sieve_options *options,
                                       struct sieve_program **out, struct sieve_problems *problems);

#endif
