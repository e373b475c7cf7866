/* Several clients at random against a simple model: what each believes from what the server tells
   must be possible at every step, and true when nothing happens. */
#ifndef TESTS_IMAP_MODEL_H
#define TESTS_IMAP_MODEL_H

#include "../../unit.h"
#include "../people.h"
#include "../talk.h"
#include "base/cur.h"
#include <pthread.h>

enum {
    CLIENTS = 9,
    PEOPLE = 2,
    KNOWN_MAX = 3000,
    TOKENS_MAX = 200000,
    NAME_MAX_BYTES = 100,
    FLAG_NAMES = 6,
    SEEN = 1, /* each reader's own */
    TRIES_MAX = 10000,
    WAIT_MS = 20000,
};

struct flag_name {
    const char *name;
    unsigned bit;
};
extern const struct flag_name model_flags[FLAG_NAMES];

/* How a client works. is_told: NOTIFY; told_late: with selected-delayed. guest: john, who has been
   granted rights on jane's folders. */
struct kind {
    const char *name;
    bool uid_alone, resyncs, is_told, told_late, guest;
};

struct known {
    uint32_t uid; /* 0: not asked for yet */
    unsigned flags;
    uint64_t modseq; /* 0: never heard */
};

struct game;

struct client {
    const struct kind *kind;
    struct game *game;
    struct imap_talk *talk; /* NULL: it has gone away without a word */
    struct random r;
    struct known at[KNOWN_MAX];
    uint32_t count;
    uint64_t validity, highest;
    uint64_t safe; /* all changes up to this number have been told */
    bool selected, idles, may_expunge;
    uint32_t asked_uid; /* whose text comes */
};

/* Which text belongs to a uid: the same for ever, whoever asks. */
struct token {
    uint64_t validity, token;
    uint32_t uid;
};

/* lock: for all that more than one client uses. */
struct game {
    struct imap_world *w;
    uint64_t seed;
    struct client *clients; /* CLIENTS, and one who asks for the truth for each person */
    pthread_mutex_t lock;
    struct token *tokens;
    size_t token_count;
    uint64_t next_token, next_name;
    bool tells;      /* each command and its answer */
    bool at_once;    /* in threads: a folder may be gone between two commands */
    char folder[20]; /* it is renamed now and then */
};

/* Ends the process, with the seed and the client, when what it says does not hold. */
#define HOLDS(k, x) ((x) ? (void)0 : model_broken((k), #x, __FILE__, __LINE__))
_Noreturn void model_broken(const struct client *k, const char *what, const char *file, int line);

/* belief.c: what a client makes of the lines that it hears. */
void model_hear(struct client *k, bool may_expunge, struct str said);
void model_hear_line(struct client *k, struct str line);
void model_hear_vanished(struct client *k, struct cur *c);
void model_grow(struct client *k, uint32_t n);
bool model_number(struct str line, struct str before, uint64_t *out);
struct known *model_find(struct client *k, uint32_t uid);

/* session.c: talking. */
struct str model_say(struct client *k, bool may_expunge, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* The folder's name as this client has to spell it, quoted. */
void model_folder(struct client *k, char out[NAME_MAX_BYTES]);
/* Asks for the uids that it does not have. */
void model_learn(struct client *k);
/* A session of its own, with the folder selected; what was known is forgotten. */
void model_reopen(struct client *k);
/* After an absence: asks for what it missed, if it is of the kind that can. */
void model_come_back(struct client *k);
/* Until all changes up to a number have been told. False: others were too quick. */
bool model_settle(struct client *k);
/* Takes what came without asking. wait: until something came; false when the time was up. */
bool model_glance(struct client *k, bool wait);
void model_end_idle(struct client *k);

/* acts.c: one of the things that clients do. */
void model_act(struct client *k);

/* play.c */
struct game *model_open(uint64_t seed, bool tells, bool at_once);
/* Everybody looks again: all agree, and what NOTIFY promised has come. */
void model_quiet(struct game *g);
void model_close(struct game *g);

#endif
