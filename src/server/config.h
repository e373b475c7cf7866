/* The configuration file: where to listen and where the data is. All else lives in the directory.
 */
#ifndef SERVER_CONFIG_H
#define SERVER_CONFIG_H

#include "base/arena.h"
#include "base/log.h"
#include "format/host/networks.h"
#include "io/out/resolver.h"
#include "io/out/web.h"
#include "proto/http/http.h"
#include "service/acme.h"
#include "service/auth.h"
#include "service/delivery.h"
#include "service/filter.h"
#include "service/mailauth.h"
#include "service/milter.h"
#include "service/oauth/oauth.h"
#include "service/reports/reports.h"
#include "service/sasl/token.h"
#include "service/signin/sessions.h"
#include "service/transport/queue.h"
#include "store/store.h"

enum { LISTENERS_MAX = 64, CERTIFICATES_MAX = 64 };

enum listen_role {
    LISTEN_MX = 1,      /* port 25: mail from other systems */
    LISTEN_SUBMISSION,  /* 587: STARTTLS */
    LISTEN_SUBMISSIONS, /* 465: TLS at once */
    LISTEN_LMTP,        /* mail from a server of ours, RFC 2033 */
    LISTEN_IMAP,        /* 143: STARTTLS */
    LISTEN_IMAPS,       /* 993: TLS at once */
    LISTEN_POP3,        /* 110: STLS */
    LISTEN_POP3S,       /* 995: TLS at once */
    LISTEN_HTTP,        /* 80: redirects to https, and what must be had in clear */
    LISTEN_HTTPS,       /* 443: TLS at once */
    LISTEN_MANAGESIEVE, /* 4190: STARTTLS */
    LISTEN_METRICS,     /* Prometheus, health and readiness, by HTTP */
};

struct config_listener {
    struct str name; /* the section's title; also the name of a socket from systemd */
    enum listen_role role;
    struct str address;         /* "127.0.0.1", "::", or the path of a unix socket */
    unsigned socket_mode;       /* of its file */
    struct str client_ca;       /* PEM: who may sign certificates of clients; or empty */
    struct ip_networks proxies; /* not empty: a proxy's header comes first, and from these alone */
    uint16_t port;              /* 0: the kernel chooses (see --ports-file) */
};

struct config_certificate {
    struct str name, chain_file, key_file;
};

struct config_limits {
    size_t message_bytes;
    uint32_t connections, connections_per_address;
    uint32_t recipients;
    uint32_t imap_messages, imap_saves; /* of one command; 0: no limit */
    size_t bytes_in_flight;
};

struct config_pop3 {
    uint32_t login_delay_s, expire_days;
};

struct config_push {
    struct str topic; /* empty: devices are not told */
    struct str url, chain_file, key_file, authorities;
    uint32_t gap_s;
};

struct config_remote {
    uint16_t port;
    uint32_t reply_timeout_s, final_timeout_s;
    struct str source_v4, source_v6, authorities, chain_file, key_file;
};

/* Hosts that may do what strangers may not. */
struct config_trust {
    struct ip_networks lmtp, xclient;
};

struct config {
    struct str file;            /* where it came from */
    struct str jmap_url;        /* of the JMAP session resource, or empty */
    struct str report_phishing; /* an address, or empty */
    struct str host_name, data_dir, control_socket, run_as_user;
    struct store_config store;
    uint32_t reactors, workers;
    struct config_listener listeners[LISTENERS_MAX];
    size_t listener_count;
    struct config_certificate certificates[CERTIFICATES_MAX];
    size_t certificate_count;
    struct config_limits limits;
    struct auth_config auth;
    struct config_pop3 pop3;
    struct config_trust trust;
    struct http_limits http;
    struct sessions_config sessions;
    uint32_t signin_per_minute; /* requests of one address; 0: no limit */
    struct str web_root;        /* files of the page, or empty */
    struct str smime_trust;     /* authorities of S/MIME; empty: nothing is verified */
    struct acme_config acme;    /* directory empty: off */
    struct str acme_authorities;
    struct str keytab;          /* Kerberos; or empty: no tickets are taken */
    struct oauth_config oauth;  /* issuer empty: we are no authorisation server */
    struct token_config tokens; /* key_count 0: none are taken */
    struct delivery_config delivery;
    struct filters_config filters;
    struct resolver_config resolver;
    struct mailauth_config mailauth;
    struct config_remote remote;
    struct reports_config reports;
    struct io_web_config web;
    struct config_push push;
    struct queue_config queue;
    struct milter_config milters[MILTERS_MAX];
    size_t milter_count;
    enum log_level log_level;
    bool log_journal;
};

/* Reads and checks the file. Strings are in the arena a, which must outlive the config. On
   E_SYNTAX, E_NOT_FOUND or E_LIMIT, cx->err.what names file, line, cause and what to do. */
MUST_USE enum code config_read(struct ctx *cx, struct arena *a, struct str file,
                               struct config *out);
/* "mx" and so on; NULL for no role. */
const char *listen_role_name(enum listen_role role);

#endif
