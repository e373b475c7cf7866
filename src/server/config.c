#include "server/config.h"
#include "base/buf.h"
#include "base/cur.h"
#include "io/out/stream.h"
#include "server/config/reader.h"
#include <errno.h>
#include <stdarg.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FILE_BYTES_MAX = 1024 * 1024, REMOTE_TIMEOUT_MAX_S = 3600 };
enum { REACTORS_MAX = 64, WORKERS_MAX = 4096 }; /* io_open() takes no more */

static const struct {
    const char *name;
    enum listen_role role;
} roles[] = {
    {"mx", LISTEN_MX},       {"submission", LISTEN_SUBMISSION}, {"submissions", LISTEN_SUBMISSIONS},
    {"imap", LISTEN_IMAP},   {"imaps", LISTEN_IMAPS},           {"pop3", LISTEN_POP3},
    {"pop3s", LISTEN_POP3S}, {"metrics", LISTEN_METRICS},       {"lmtp", LISTEN_LMTP},
    {"http", LISTEN_HTTP},   {"https", LISTEN_HTTPS},           {"managesieve", LISTEN_MANAGESIEVE},
};

enum { ROLES = sizeof roles / sizeof roles[0] };

const char *listen_role_name(enum listen_role role)
{
    for (size_t i = 0; i < ROLES; i++)
        if (roles[i].role == role)
            return roles[i].name;
    return NULL;
}

static cfg_opt_t listen_options[] = {
    CFG_STR("role", NULL, CFGF_NODEFAULT),
    CFG_STR("address", "127.0.0.1", CFGF_NONE),
    CFG_STR("socket_mode", "0660", CFGF_NONE),
    CFG_STR("client_ca", "", CFGF_NONE),
    CFG_STR_LIST("proxies", NULL, CFGF_NONE),
    CFG_INT("port", -1, CFGF_NONE),
    CFG_END(),
};

static cfg_opt_t certificate_options[] = {
    CFG_STR("chain", NULL, CFGF_NODEFAULT),
    CFG_STR("key", NULL, CFGF_NODEFAULT),
    CFG_END(),
};

static cfg_opt_t store_options[] = {
    CFG_STR("engine", "rocksdb", CFGF_NONE),
    CFG_INT("cache_mb", 256, CFGF_NONE),
    CFG_INT("blob_cache_mb", 128, CFGF_NONE),
    CFG_INT("reserve_mb", 1024, CFGF_NONE),
    CFG_END(),
};

static cfg_opt_t limit_options[] = {
    CFG_INT("message_mb", 50, CFGF_NONE),
    CFG_INT("connections", 50000, CFGF_NONE),
    CFG_INT("connections_per_address", 1000, CFGF_NONE),
    CFG_INT("recipients", 1000, CFGF_NONE),
    CFG_INT("in_flight_mb", 512, CFGF_NONE),
    CFG_INT("imap_messages", 0, CFGF_NONE),
    CFG_INT("imap_saves", 0, CFGF_NONE),
    CFG_END(),
};

static cfg_opt_t auth_options[] = {
    CFG_INT("address_failures", 50, CFGF_NONE),
    CFG_INT("account_failures", 10, CFGF_NONE),
    CFG_INT("window_s", 600, CFGF_NONE),
    CFG_INT("lockout_s", 600, CFGF_NONE),
    CFG_INT("remember_s", 300, CFGF_NONE),
    CFG_INT("delay_ms", 2000, CFGF_NONE),
    CFG_BOOL("plain_in_clear", cfg_false, CFGF_NONE),
    CFG_BOOL("offer_plus", cfg_false, CFGF_NONE),
    CFG_END(),
};

static cfg_opt_t delivery_options[] = {
    CFG_STR("sub_address_separator", "+", CFGF_NONE),
    CFG_STR("sub_address", "folder", CFGF_NONE),
    CFG_STR("over_quota", "defer", CFGF_NONE),
    CFG_STR("postmaster", "", CFGF_NONE),
    CFG_END(),
};

static cfg_opt_t sieve_options[] = {
    CFG_INT("scripts", 64, CFGF_NONE),      CFG_INT("script_kb", 128, CFGF_NONE),
    CFG_INT("scripts_kb", 1024, CFGF_NONE), CFG_INT("redirects", 4, CFGF_NONE),
    CFG_STR("spam_field", "", CFGF_NONE),   CFG_INT("spam_at", 15, CFGF_NONE),
    CFG_STR("virus_field", "", CFGF_NONE),  CFG_END(),
};

static cfg_opt_t queue_options[] = {
    CFG_INT("lifetime_h", 120, CFGF_NONE),    CFG_INT("warn_h", 4, CFGF_NONE),
    CFG_INT("retry_first_s", 300, CFGF_NONE), CFG_INT("retry_last_s", 3600, CFGF_NONE),
    CFG_INT("connections", 1000, CFGF_NONE),  CFG_INT("connections_per_destination", 20, CFGF_NONE),
    CFG_INT("history_days", 10, CFGF_NONE),   CFG_END(),
};

static cfg_opt_t pop3_options[] = {
    CFG_INT("login_delay_s", 0, CFGF_NONE),
    CFG_INT("expire_days", 0, CFGF_NONE),
    CFG_END(),
};

static cfg_opt_t http_options[] = {
    CFG_INT("timeout_s", 30, CFGF_NONE),
    CFG_INT("keep_timeout_s", 60, CFGF_NONE),
    CFG_INT("hsts_s", 31536000, CFGF_NONE),
    CFG_STR("web_root", "", CFGF_NONE),
    CFG_END(),
};

static cfg_opt_t oauth_options[] = {
    CFG_STR("issuer", "", CFGF_NONE),
    CFG_STR("audience", "", CFGF_NONE),
    CFG_STR("claim", "email", CFGF_NONE),
    CFG_STR_LIST("keys", NULL, CFGF_NONE),
    CFG_END(),
};

static cfg_opt_t kerberos_options[] = {
    CFG_STR("keytab", "", CFGF_NONE),
    CFG_END(),
};

static cfg_opt_t resolver_options[] = {
    CFG_STR_LIST("forward", NULL, CFGF_NONE), CFG_STR_LIST("stub", NULL, CFGF_NONE),
    CFG_STR("trust_anchor", "", CFGF_NONE),   CFG_INT("timeout_s", 10, CFGF_NONE),
    CFG_INT("dns_cache_mb", 16, CFGF_NONE),   CFG_END(),
};

/* libconfuse reads it and asks for char *. */
#define LOOPBACK "{\"127.0.0.0/8\", \"::1/128\"}"
#define NEIGHBOURS "{\"127.0.0.0/8\", \"::1/128\", \"unix\"}"

static cfg_opt_t mailauth_options[] = {
    CFG_BOOL("check", cfg_true, CFGF_NONE),
    CFG_STR("dmarc", "enforce", CFGF_NONE),
    CFG_STR("spf_fail", "mark", CFGF_NONE),
    CFG_STR_LIST("trusted_networks", (char *)(uintptr_t)LOOPBACK, CFGF_NONE),
    CFG_STR_LIST("trusted_sealers", NULL, CFGF_NONE),
    CFG_END(),
};

static cfg_opt_t milter_options[] = {
    CFG_STR("address", NULL, CFGF_NODEFAULT),
    CFG_STR_LIST("listeners", (char *)(uintptr_t) "{\"mx\", \"submission\"}", CFGF_NONE),
    CFG_STR("on_failure", "tempfail", CFGF_NONE),
    CFG_INT("connect_s", 5, CFGF_NONE),
    CFG_INT("command_s", 30, CFGF_NONE),
    CFG_INT("message_s", 300, CFGF_NONE),
    CFG_INT("rest_s", 10, CFGF_NONE),
    CFG_END(),
};

static cfg_opt_t trust_options[] = {
    CFG_STR_LIST("xclient", NULL, CFGF_NONE),
    CFG_STR_LIST("lmtp", (char *)(uintptr_t)NEIGHBOURS, CFGF_NONE),
    CFG_END(),
};

static cfg_opt_t remote_options[] = {
    CFG_INT("smtp_port", 25, CFGF_NONE),
    CFG_STR("source_v4", "", CFGF_NONE),
    CFG_STR("source_v6", "", CFGF_NONE),
    CFG_STR("authorities", "", CFGF_NONE),
    CFG_STR("client_chain", "", CFGF_NONE),
    CFG_STR("client_key", "", CFGF_NONE),
    CFG_INT("reply_timeout_s", 300, CFGF_NONE),
    CFG_INT("final_timeout_s", 600, CFGF_NONE),
    CFG_END(),
};

static cfg_opt_t reports_options[] = {
    CFG_STR("reports_from", "", CFGF_NONE),         CFG_STR("organization", "", CFGF_NONE),
    CFG_STR("reports_mailbox", "", CFGF_NONE),      CFG_BOOL("tls_reports", cfg_true, CFGF_NONE),
    CFG_BOOL("dmarc_reports", cfg_true, CFGF_NONE), CFG_END(),
};

static cfg_opt_t web_options[] = {
    CFG_STR("web_authorities", "", CFGF_NONE),
    CFG_BOOL("private_networks", cfg_false, CFGF_NONE),
    CFG_INT("https_port", 443, CFGF_NONE),
    CFG_END(),
};

static cfg_opt_t push_options[] = {
    CFG_STR("topic", "", CFGF_NONE),
    CFG_STR("chain", "", CFGF_NONE),
    CFG_STR("key", "", CFGF_NONE),
    CFG_STR("authorities", "", CFGF_NONE),
    CFG_STR("url", "https://api.push.apple.com", CFGF_NONE),
    CFG_INT("gap_s", 10, CFGF_NONE),
    CFG_END(),
};

static cfg_opt_t log_options[] = {
    CFG_STR("level", "info", CFGF_NONE),
    CFG_STR("to", "stderr", CFGF_NONE),
    CFG_END(),
};

static cfg_opt_t options[] = {
    CFG_STR("host_name", NULL, CFGF_NODEFAULT),
    CFG_STR("data", NULL, CFGF_NODEFAULT),
    CFG_STR("jmap_url", "", CFGF_NONE),
    CFG_STR("report_phishing", "", CFGF_NONE),
    CFG_STR("control", NULL, CFGF_NODEFAULT),
    CFG_STR("user", "", CFGF_NONE),
    CFG_INT("reactors", 2, CFGF_NONE),
    CFG_INT("workers", 64, CFGF_NONE),
    CFG_SEC("store", store_options, CFGF_NONE),
    CFG_SEC("limits", limit_options, CFGF_NONE),
    CFG_SEC("auth", auth_options, CFGF_NONE),
    CFG_SEC("signin", signin_options, CFGF_NONE),
    CFG_SEC("oauth_server", oauth_server_options, CFGF_NONE),
    CFG_SEC("delivery", delivery_options, CFGF_NONE),
    CFG_SEC("sieve", sieve_options, CFGF_NONE),
    CFG_SEC("smime", smime_options, CFGF_NONE),
    CFG_SEC("oauth", oauth_options, CFGF_NONE),
    CFG_SEC("kerberos", kerberos_options, CFGF_NONE),
    CFG_SEC("queue", queue_options, CFGF_NONE),
    CFG_SEC("pop3", pop3_options, CFGF_NONE),
    CFG_SEC("http", http_options, CFGF_NONE),
    CFG_SEC("acme", acme_options, CFGF_NONE),
    CFG_SEC("resolver", resolver_options, CFGF_NONE),
    CFG_SEC("mailauth", mailauth_options, CFGF_NONE),
    CFG_SEC("remote", remote_options, CFGF_NONE),
    CFG_SEC("web", web_options, CFGF_NONE),
    CFG_SEC("reports", reports_options, CFGF_NONE),
    CFG_SEC("trust", trust_options, CFGF_NONE),
    CFG_SEC("apple_push", push_options, CFGF_NONE),
    CFG_SEC("log", log_options, CFGF_NONE),
    CFG_SEC("milter", milter_options, CFGF_MULTI | CFGF_TITLE),
    CFG_SEC("listen", listen_options, CFGF_MULTI | CFGF_TITLE),
    CFG_SEC("certificate", certificate_options, CFGF_MULTI | CFGF_TITLE),
    CFG_END(),
};

/* libconfuse tells errors by callback only, without a place for context but the thread. */
static _Thread_local struct reader *reading;

static void __attribute__((format(printf, 2, 0)))
on_error(cfg_t *cfg, const char *format, va_list args)
{
    char why[120];
    struct reader *r = reading;
    vsnprintf(why, sizeof why, format, args);
    if (r->cx->err.code == OK)
        fail(r->cx, E_SYNTAX, "%.*s:%d: %s", STR_ARG(r->config->file), cfg->line, why);
}

/* Copies f without "#" remarks: libconfuse 3.3 counts their lines thrice. */
static void without_remarks(FILE *f, struct buf *out)
{
    char quote = 0, before = 0;
    bool remark = false;
    for (int c; (c = getc(f)) != EOF; before = (char)c) {
        if (c == '\n')
            remark = false;
        else if (!quote && c == '#')
            remark = true;
        else if (!remark && c == quote && before != '\\')
            quote = 0;
        else if (!remark && !quote && (c == '"' || c == '\''))
            quote = (char)c;
        if (!remark)
            buf_byte(out, (char)c);
    }
}

static enum code read_file(struct reader *r, struct str *out)
{
    struct buf text = buf_of(r->cx->arena, FILE_BYTES_MAX);
    FILE *f = fopen(r->config->file.p, "re");
    if (!f)
        return fail(r->cx, E_NOT_FOUND, "%.*s: cannot be read: %s", STR_ARG(r->config->file),
                    strerror(errno));
    without_remarks(f, &text);
    bool bad = ferror(f) != 0;
    fclose(f);
    buf_byte(&text, 0);
    if (bad || text.overflow)
        return fail(r->cx, bad ? E_IO : E_LIMIT, "%.*s: cannot be read, or is over %d bytes",
                    STR_ARG(r->config->file), FILE_BYTES_MAX);
    *out = buf_str(&text);
    return OK;
}

static enum code threads(struct reader *r, cfg_t *section, const char *name, long high,
                         uint32_t *out)
{
    long value = 0;
    TRY(number(r, section, name, 1, high, &value));
    *out = (uint32_t)value;
    return OK;
}

static enum code megabytes(struct reader *r, cfg_t *section, const char *name, long low,
                           size_t *out)
{
    long value = 0;
    TRY(number(r, section, name, low, 1024L * 1024, &value));
    *out = (size_t)value * 1024 * 1024;
    return OK;
}

static enum code networks(struct reader *r, cfg_t *section, const char *name,
                          struct ip_networks *out)
{
    for (unsigned i = 0; i < cfg_size(section, name); i++) {
        const char *value = cfg_getnstr(section, name, i);
        if (!ip_networks_add(out, str_z(value)))
            return fail(r->cx, E_SYNTAX,
                        "%.*s:%d: %s: \"%.60s\" is no network (192.0.2.0/24, or unix), or one more "
                        "than %d",
                        STR_ARG(r->config->file), section->line, name, value, NETWORKS_MAX);
    }
    return OK;
}

/* "0660" */
static enum code file_mode(struct reader *r, cfg_t *section, const char *name, unsigned *out)
{
    const char *value = cfg_getstr(section, name);
    unsigned mode = 0;
    size_t n = strspn(value, "01234567");
    for (size_t i = 0; i < n && mode < 01000; i++)
        mode = mode * 8 + (unsigned)(value[i] - '0');
    if (n == 0 || value[n] || mode >= 01000)
        return fail(r->cx, E_SYNTAX, "%.*s:%d: %s = \"%.10s\": octal, at most 0777",
                    STR_ARG(r->config->file), section->line, name, value);
    *out = mode;
    return OK;
}

static enum code read_listener(struct reader *r, cfg_t *section)
{
    struct config *config = r->config;
    if (config->listener_count == LISTENERS_MAX)
        return fail(r->cx, E_LIMIT, "%.*s: more than %d listen sections", STR_ARG(config->file),
                    LISTENERS_MAX);
    struct config_listener *l = &config->listeners[config->listener_count];
    const char *words[ROLES + 1] = {NULL};
    for (size_t i = 0; i < ROLES; i++)
        words[i] = roles[i].name;
    int which;
    TRY(choice(r, section, "role", words, &which));
    long port = 0;
    TRY(file_mode(r, section, "socket_mode", &l->socket_mode));
    TRY(networks(r, section, "proxies", &l->proxies));
    l->address = text(r, section, "address");
    /* A path needs no port. */
    if (!str_starts(l->address, STR("/")))
        TRY(number(r, section, "port", 0, 65535, &port));
    l->role = roles[which].role;
    l->name = str_dup(r->arena, str_z(cfg_title(section)));
    l->client_ca = text(r, section, "client_ca");
    l->port = (uint16_t)port;
    config->listener_count++;
    return OK;
}

static enum code readable(struct reader *r, cfg_t *section, const char *what, struct str file)
{
    if (file.n == 0)
        return fail(r->cx, E_SYNTAX, "%.*s:%d: certificate \"%s\" has no %s",
                    STR_ARG(r->config->file), section->line, cfg_title(section), what);
    if (access(file.p, R_OK) != 0)
        return fail(r->cx, E_NOT_FOUND, "%.*s:%d: %s \"%.60s\": %s", STR_ARG(r->config->file),
                    section->line, what, file.p, strerror(errno));
    return OK;
}

static enum code read_certificate(struct reader *r, cfg_t *section)
{
    struct config *config = r->config;
    if (config->certificate_count == CERTIFICATES_MAX)
        return fail(r->cx, E_LIMIT, "%.*s: more than %d certificate sections",
                    STR_ARG(config->file), CERTIFICATES_MAX);
    struct config_certificate *c = &config->certificates[config->certificate_count];
    c->name = str_dup(r->arena, str_z(cfg_title(section)));
    c->chain_file = text(r, section, "chain");
    c->key_file = text(r, section, "key");
    TRY(readable(r, section, "chain", c->chain_file));
    TRY(readable(r, section, "key", c->key_file));
    config->certificate_count++;
    return OK;
}

static enum code read_store(struct reader *r, cfg_t *cfg)
{
    cfg_t *section = cfg_getsec(cfg, "store");
    struct store_config *store = &r->config->store;
    static const char *const engines[] = {"rocksdb", "memory", NULL};
    int which;
    TRY(choice(r, section, "engine", engines, &which));
    store->engine = str_z(engines[which]);
    size_t reserve;
    TRY(megabytes(r, section, "cache_mb", 8, &store->cache_bytes));
    TRY(megabytes(r, section, "blob_cache_mb", 1, &store->blob_cache_bytes));
    TRY(megabytes(r, section, "reserve_mb", 0, &reserve));
    store->reserve_bytes = reserve;
    const struct str parts[] = {r->config->data_dir, STR("/store")};
    store->dir = str_join(r->arena, parts, 2);
    return OK;
}

static enum code read_limits(struct reader *r, cfg_t *cfg)
{
    cfg_t *section = cfg_getsec(cfg, "limits");
    struct config_limits *limits = &r->config->limits;
    TRY(megabytes(r, section, "message_mb", 1, &limits->message_bytes));
    if (limits->message_bytes > BLOB_MAX)
        return fail(r->cx, E_SYNTAX, "%.*s:%d: message_mb: at most %d", STR_ARG(r->config->file),
                    section->line, BLOB_MAX / 1024 / 1024);
    TRY(u32(r, section, "connections", 1, &limits->connections));
    TRY(u32(r, section, "connections_per_address", 1, &limits->connections_per_address));
    TRY(u32(r, section, "recipients", 1, &limits->recipients));
    TRY(u32(r, section, "imap_messages", 0, &limits->imap_messages));
    TRY(u32(r, section, "imap_saves", 0, &limits->imap_saves));
    return megabytes(r, section, "in_flight_mb", 16, &limits->bytes_in_flight);
}

static enum code read_auth(struct reader *r, cfg_t *cfg)
{
    cfg_t *section = cfg_getsec(cfg, "auth");
    struct auth_config *auth = &r->config->auth;
    TRY(u32(r, section, "address_failures", 1, &auth->address_failures));
    TRY(u32(r, section, "account_failures", 1, &auth->account_failures));
    TRY(u32(r, section, "window_s", 1, &auth->window_s));
    TRY(u32(r, section, "lockout_s", 0, &auth->lockout_s));
    TRY(u32(r, section, "remember_s", 0, &auth->remember_s));
    TRY(u32(r, section, "delay_ms", 0, &auth->delay_ms));
    auth->plain_in_clear = cfg_getbool(section, "plain_in_clear");
    auth->offer_plus = cfg_getbool(section, "offer_plus");
    return OK;
}

static enum code read_delivery(struct reader *r, cfg_t *cfg)
{
    cfg_t *section = cfg_getsec(cfg, "delivery");
    struct delivery_config *delivery = &r->config->delivery;
    static const char *const places[] = {"inbox", "folder", NULL};
    static const char *const answers[] = {"defer", "refuse", NULL};
    int place, answer;
    TRY(choice(r, section, "sub_address", places, &place));
    TRY(choice(r, section, "over_quota", answers, &answer));
    delivery->sub_address = place ? SUB_ADDRESS_FOLDER : SUB_ADDRESS_INBOX;
    delivery->over_quota = answer ? OVER_QUOTA_REFUSE : OVER_QUOTA_DEFER;
    delivery->postmaster = text(r, section, "postmaster");
    struct str separator = text(r, section, "sub_address_separator");
    if (separator.n > 1)
        return fail(r->cx, E_SYNTAX, "%.*s:%d: sub_address_separator: one character, or \"\"",
                    STR_ARG(r->config->file), section->line);
    delivery->sub_address_separator = separator.n ? separator.p[0] : 0;
    return OK;
}

static enum code read_queue(struct reader *r, cfg_t *cfg)
{
    cfg_t *section = cfg_getsec(cfg, "queue");
    struct queue_config *queue = &r->config->queue;
    TRY(u32(r, section, "lifetime_h", 1, &queue->lifetime_s));
    TRY(u32(r, section, "warn_h", 1, &queue->warn_s));
    TRY(u32(r, section, "retry_first_s", 1, &queue->retry_first_s));
    TRY(u32(r, section, "retry_last_s", 1, &queue->retry_last_s));
    TRY(u32(r, section, "connections", 1, &queue->slots));
    TRY(u32(r, section, "connections_per_destination", 1, &queue->per_destination));
    TRY(u32(r, section, "history_days", 1, &queue->history_s));
    if (queue->lifetime_s > 24 * 365 || queue->history_s > 3650)
        return fail(r->cx, E_SYNTAX, "%.*s:%d: queue: at most a year, and ten of history",
                    STR_ARG(r->config->file), section->line);
    queue->lifetime_s *= 3600;
    queue->warn_s = queue->warn_s > 24 * 365 ? UINT32_MAX / 2 : queue->warn_s * 3600;
    queue->history_s *= 24 * 3600;
    return OK;
}

static enum code read_pop3(struct reader *r, cfg_t *cfg)
{
    cfg_t *section = cfg_getsec(cfg, "pop3");
    TRY(u32(r, section, "login_delay_s", 0, &r->config->pop3.login_delay_s));
    return u32(r, section, "expire_days", 0, &r->config->pop3.expire_days);
}

static enum code read_oauth(struct reader *r, cfg_t *cfg)
{
    cfg_t *section = cfg_getsec(cfg, "oauth");
    struct token_config *t = &r->config->tokens;
    unsigned count = cfg_size(section, "keys");
    t->issuer = text(r, section, "issuer");
    t->audience = text(r, section, "audience");
    t->claim = text(r, section, "claim");
    if (count > TOKEN_KEYS_MAX)
        return fail(r->cx, E_LIMIT, "%.*s:%d: more than %d keys", STR_ARG(r->config->file),
                    section->line, TOKEN_KEYS_MAX);
    if (count && (!t->issuer.n || !t->audience.n || !t->claim.n))
        return fail(r->cx, E_SYNTAX, "%.*s:%d: oauth: keys want issuer, audience and claim",
                    STR_ARG(r->config->file), section->line);
    for (unsigned i = 0; i < count; i++)
        t->key_files[i] = str_dup(r->arena, str_z(cfg_getnstr(section, "keys", i)));
    t->key_count = count;
    return OK;
}

static enum code list_fits(struct reader *r, cfg_t *section, const char *name)
{
    if (cfg_size(section, name) <= RESOLVER_SERVERS_MAX)
        return OK;
    return fail(r->cx, E_LIMIT, "%.*s:%d: %s: more than %d", STR_ARG(r->config->file),
                section->line, name, RESOLVER_SERVERS_MAX);
}

/* "ZONE SERVER" */
static enum code read_stub(struct reader *r, cfg_t *section, unsigned i, struct resolver_stub *out)
{
    struct cur c = cur_of(str_dup(r->arena, str_z(cfg_getnstr(section, "stub", i))));
    cur_blanks(&c);
    if (!cur_until(&c, ' ', &out->zone))
        return fail(r->cx, E_SYNTAX, "%.*s:%d: stub: for example \"example.org 192.0.2.53\"",
                    STR_ARG(r->config->file), section->line);
    out->server = str_trim(c.rest);
    return OK;
}

static enum code read_resolver(struct reader *r, cfg_t *cfg)
{
    cfg_t *section = cfg_getsec(cfg, "resolver");
    struct resolver_config *resolver = &r->config->resolver;
    long timeout_s = 0;
    TRY(list_fits(r, section, "forward"));
    TRY(list_fits(r, section, "stub"));
    resolver->forward_count = cfg_size(section, "forward");
    resolver->stub_count = cfg_size(section, "stub");
    for (unsigned i = 0; i < resolver->forward_count; i++)
        resolver->forward[i] = str_dup(r->arena, str_z(cfg_getnstr(section, "forward", i)));
    for (unsigned i = 0; i < resolver->stub_count; i++)
        TRY(read_stub(r, section, i, &resolver->stubs[i]));
    resolver->trust_anchor_file = text(r, section, "trust_anchor");
    TRY(number(r, section, "timeout_s", 1, 600, &timeout_s));
    resolver->timeout_ms = (uint32_t)timeout_s * 1000;
    return megabytes(r, section, "dns_cache_mb", 1, &resolver->cache_bytes);
}

static enum code read_mailauth(struct reader *r, cfg_t *cfg)
{
    cfg_t *section = cfg_getsec(cfg, "mailauth");
    static const char *const policies[] = {"enforce", "mark", NULL};
    static const char *const fails[] = {"mark", "refuse", NULL};
    struct mailauth_config *m = &r->config->mailauth;
    int policy, on_fail;
    TRY(choice(r, section, "dmarc", policies, &policy));
    TRY(choice(r, section, "spf_fail", fails, &on_fail));
    m->off = !cfg_getbool(section, "check");
    m->mark_only = policy == 1;
    m->refuse_fails = on_fail == 1;
    TRY(list_of(r, section, "trusted_networks", MAILAUTH_NETWORKS_MAX, m->networks,
                &m->network_count));
    return list_of(r, section, "trusted_sealers", MAILAUTH_SEALERS_MAX, m->sealers,
                   &m->sealer_count);
}

/* What is no address is told now, and not when the first report is due. */
static enum code address(struct reader *r, cfg_t *section, const char *name, struct str *out)
{
    struct str value = text(r, section, name);
    size_t at = str_rchr(value, '@');
    if (value.n && (at == SIZE_MAX || !at || at + 1 == value.n))
        return fail(r->cx, E_SYNTAX, "%.*s:%d: %s = \"%.60s\": must be an address",
                    STR_ARG(r->config->file), section->line, name, value.p);
    *out = value;
    return OK;
}

static enum code read_reports(struct reader *r, cfg_t *cfg)
{
    cfg_t *section = cfg_getsec(cfg, "reports");
    struct reports_config *reports = &r->config->reports;
    TRY(address(r, section, "reports_from", &reports->from));
    TRY(address(r, section, "reports_mailbox", &reports->mailbox));
    reports->organization = text(r, section, "organization");
    reports->no_tls = cfg_getbool(section, "tls_reports") != cfg_true;
    reports->no_dmarc = cfg_getbool(section, "dmarc_reports") != cfg_true;
    return OK;
}

static enum code read_web(struct reader *r, cfg_t *cfg)
{
    cfg_t *section = cfg_getsec(cfg, "web");
    struct io_web_config *web = &r->config->web;
    long port = 0;
    TRY(number(r, section, "https_port", 1, 65535, &port));
    web->port = (uint16_t)port;
    web->authorities = text(r, section, "web_authorities");
    web->inside = cfg_getbool(section, "private_networks") == cfg_true;
    return OK;
}

static enum code read_remote(struct reader *r, cfg_t *cfg)
{
    cfg_t *section = cfg_getsec(cfg, "remote");
    struct config_remote *remote = &r->config->remote;
    long port = 0, reply_s = 0, final_s = 0;
    TRY(number(r, section, "smtp_port", 1, 65535, &port));
    remote->port = (uint16_t)port;
    TRY(number(r, section, "reply_timeout_s", 1, REMOTE_TIMEOUT_MAX_S, &reply_s));
    TRY(number(r, section, "final_timeout_s", 1, REMOTE_TIMEOUT_MAX_S, &final_s));
    remote->reply_timeout_s = (uint32_t)reply_s;
    remote->final_timeout_s = (uint32_t)final_s;
    remote->source_v4 = text(r, section, "source_v4");
    remote->source_v6 = text(r, section, "source_v6");
    remote->authorities = text(r, section, "authorities");
    remote->chain_file = text(r, section, "client_chain");
    remote->key_file = text(r, section, "client_key");
    if (!remote->chain_file.n == !remote->key_file.n)
        return OK;
    return fail(r->cx, E_SYNTAX, "%.*s:%d: client_chain and client_key belong together",
                STR_ARG(r->config->file), section->line);
}

static enum code read_push(struct reader *r, cfg_t *cfg)
{
    cfg_t *section = cfg_getsec(cfg, "apple_push");
    struct config_push *push = &r->config->push;
    push->topic = text(r, section, "topic");
    push->url = text(r, section, "url");
    push->chain_file = text(r, section, "chain");
    push->key_file = text(r, section, "key");
    push->authorities = text(r, section, "authorities");
    TRY(u32(r, section, "gap_s", 1, &push->gap_s));
    if (!push->topic.n == !push->chain_file.n && !push->topic.n == !push->key_file.n)
        return OK;
    return fail(r->cx, E_SYNTAX, "%.*s:%d: apple_push: topic, chain and key belong together",
                STR_ARG(r->config->file), section->line);
}

static enum code milliseconds(struct reader *r, cfg_t *section, const char *name, long low,
                              uint32_t *out)
{
    long value = 0;
    TRY(number(r, section, name, low, 3600, &value));
    *out = (uint32_t)value * 1000;
    return OK;
}

static enum code read_milter(struct reader *r, cfg_t *section)
{
    static const char *const failures[] = {"tempfail", "accept", "reject", NULL};
    struct config *config = r->config;
    int failure;
    if (config->milter_count == MILTERS_MAX)
        return fail(r->cx, E_LIMIT, "%.*s: more than %d milter sections", STR_ARG(config->file),
                    MILTERS_MAX);
    struct milter_config *m = &config->milters[config->milter_count++];
    m->name = str_dup(r->arena, str_z(cfg_title(section)));
    m->address = text(r, section, "address");
    if (!stream_address_valid(m->address))
        return fail(r->cx, E_SYNTAX,
                    "%.*s:%d: milter \"%.60s\": address: 192.0.2.1:11332, [::1]:11332 or a path",
                    STR_ARG(config->file), section->line, m->name.p);
    for (unsigned i = 0; i < cfg_size(section, "listeners"); i++) {
        struct str role = str_z(cfg_getnstr(section, "listeners", i));
        m->mx |= str_eq(role, STR("mx"));
        m->submission |= str_eq(role, STR("submission"));
    }
    TRY(choice(r, section, "on_failure", failures, &failure));
    m->on_failure = (enum milter_failure)failure;
    TRY(milliseconds(r, section, "connect_s", 1, &m->connect_ms));
    TRY(milliseconds(r, section, "command_s", 1, &m->command_ms));
    TRY(milliseconds(r, section, "message_s", 1, &m->message_ms));
    return milliseconds(r, section, "rest_s", 0, &m->rest_ms);
}

static enum code read_log(struct reader *r, cfg_t *cfg)
{
    cfg_t *section = cfg_getsec(cfg, "log");
    static const char *const levels[] = {"error", "warn", "info", "debug", NULL};
    static const char *const places[] = {"stderr", "journal", NULL};
    int level, place;
    TRY(choice(r, section, "level", levels, &level));
    TRY(choice(r, section, "to", places, &place));
    r->config->log_level = (enum log_level)level;
    r->config->log_journal = place == 1;
    return OK;
}

static enum code needed(struct reader *r, struct str value, const char *name, const char *example)
{
    if (value.n)
        return OK;
    return fail(r->cx, E_SYNTAX, "%.*s: %s is missing; for example %s = \"%s\"",
                STR_ARG(r->config->file), name, name, example);
}

static enum code read_top(struct reader *r, cfg_t *cfg)
{
    struct config *config = r->config;
    config->host_name = text(r, cfg, "host_name");
    config->jmap_url = text(r, cfg, "jmap_url");
    TRY(address(r, cfg, "report_phishing", &config->report_phishing));
    config->data_dir = text(r, cfg, "data");
    config->control_socket = text(r, cfg, "control");
    config->run_as_user = text(r, cfg, "user");
    TRY(needed(r, config->host_name, "host_name", "mail.example.org"));
    TRY(needed(r, config->data_dir, "data", "/var/lib/postroad"));
    TRY(needed(r, config->control_socket, "control", "/run/postroad/control"));
    TRY(threads(r, cfg, "reactors", REACTORS_MAX, &config->reactors));
    return threads(r, cfg, "workers", WORKERS_MAX, &config->workers);
}

static enum code read_all(struct reader *r, cfg_t *cfg)
{
    TRY(read_top(r, cfg));
    TRY(read_store(r, cfg));
    TRY(read_limits(r, cfg));
    TRY(read_auth(r, cfg));
    TRY(read_delivery(r, cfg));
    TRY(read_queue(r, cfg));
    TRY(read_pop3(r, cfg));
    TRY(config_read_sieve(r, cfg));
    config_read_smime(r, cfg);
    TRY(config_read_http(r, cfg));
    TRY(config_read_signin(r, cfg));
    TRY(config_read_oauth_server(r, cfg));
    TRY(config_read_acme(r, cfg));
    TRY(read_oauth(r, cfg));
    r->config->keytab = text(r, cfg_getsec(cfg, "kerberos"), "keytab");
    TRY(read_resolver(r, cfg));
    TRY(read_mailauth(r, cfg));
    TRY(read_remote(r, cfg));
    TRY(read_web(r, cfg));
    TRY(read_reports(r, cfg));
    TRY(read_push(r, cfg));
    TRY(read_log(r, cfg));
    TRY(networks(r, cfg_getsec(cfg, "trust"), "xclient", &r->config->trust.xclient));
    TRY(networks(r, cfg_getsec(cfg, "trust"), "lmtp", &r->config->trust.lmtp));
    for (unsigned i = 0; i < cfg_size(cfg, "milter"); i++)
        TRY(read_milter(r, cfg_getnsec(cfg, "milter", i)));
    for (unsigned i = 0; i < cfg_size(cfg, "listen"); i++)
        TRY(read_listener(r, cfg_getnsec(cfg, "listen", i)));
    for (unsigned i = 0; i < cfg_size(cfg, "certificate"); i++)
        TRY(read_certificate(r, cfg_getnsec(cfg, "certificate", i)));
    if (r->config->listener_count == 0)
        return fail(r->cx, E_SYNTAX, "%.*s: nothing to listen on; add listen \"imap\" { ... }",
                    STR_ARG(r->config->file));
    return OK;
}

static void close_cfg(cfg_t *cfg)
{
    cfg_free(cfg);
}
AUTO_OF(cfg_t *, close_cfg)

enum code config_read(struct ctx *cx, struct arena *a, struct str file, struct config *out)
{
    struct config config = {.file = str_dup(a, file)};
    struct reader r = {cx, a, &config};
    cfg_t *cfg AUTO(close_cfg) = cfg_init(options, CFGF_NONE);
    must(cfg);
    cfg_set_error_function(cfg, on_error);
    cx->err.code = OK;
    struct str bytes;
    TRY(read_file(&r, &bytes));
    reading = &r;
    int result = cfg_parse_buf(cfg, bytes.p);
    reading = NULL;
    if (result != CFG_SUCCESS)
        return cx->err.code ? cx->err.code
                            : fail(cx, E_SYNTAX, "%.*s: cannot be understood", STR_ARG(file));
    TRY(read_all(&r, cfg));
    *out = config;
    return OK;
}
