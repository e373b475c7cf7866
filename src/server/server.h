/* What one server process is made of. */
#ifndef SERVER_SERVER_H
#define SERVER_SERVER_H

#include "core/core.h"
#include "server/config.h"

struct admission;
struct acme;
struct auth;
struct board;
struct converter;
struct delivery;
struct extractor;
struct filters;
struct indexer;
struct io;
struct io_resolver;
struct io_web;
struct kerberos;
struct mailauth;
struct meter;
struct milters;
struct oauth;
struct push;
struct rate;
struct seal;
struct queue;
struct routing;
struct search;
struct reports;
struct sessions;
struct signer;
struct sts;
struct smime;
struct cage_host;
struct tokens;

struct server {
    const struct config *config;
    struct log *log;
    struct metrics *metrics;
    struct store *store;
    struct core *core;
    struct kerberos *kerberos; /* NULL: no tickets */
    struct tokens *tokens;     /* NULL: no bearer tokens */
    struct auth *auth;
    struct sessions *sessions;
    struct seal *seal;
    struct rate *rate;   /* of signing in */
    struct oauth *oauth; /* NULL: we are no authorisation server */
    struct io_resolver *resolver;
    struct io_web *web;
    struct acme *acme;       /* NULL: our certificates are files of somebody else */
    struct io_web *acme_web; /* which trusts the authority that the configuration names */
    struct mailauth *mailauth;
    struct signer *signer;
    struct reports *reports;
    struct admission *admission;
    struct filters *filters;
    struct milters *milters; /* while it serves; NULL: none are configured */
    struct delivery *delivery;
    struct routing *routing;
    struct queue *queue;
    struct push *push; /* NULL, as its client: not configured */
    struct io_web *push_web;
    struct sts *sts; /* while it serves */
    struct meter *meter;
    struct search *search;
    struct extractor *extractor;
    struct previews *convert_helper; /* what the converter asks of documents */
    struct converter *converter;     /* of scripts */
    char *reader_program;            /* what the extractor runs */
    struct arena *search_arena;      /* of names for search */
    struct smime *smime;             /* NULL: signatures are not verified; its cage */
    struct cage_host *smime_cage;
    struct indexer *indexer; /* once it serves */
    struct io *io;
    struct board *board;
    int64_t started_ms;
};

/* The helper that reads documents, beside our own program; the caller frees it. */
char *server_reader_program(void);

/* Opens store, core and services of the configuration, in order. On failure cx->err says why, and
   server_close gives back what was opened. log and metrics are set before. */
MUST_USE enum code server_open(struct ctx *cx, struct server *s);
void server_close(struct server *s);

/* Runs the supervisor and, below it, the server until a signal ends both. ports_file: where the
   bound ports are written ("name address port" lines), or empty. Returns the exit status. */
int server_run(struct ctx *cx, const struct config *config, struct str ports_file, bool no_fork);

#endif
