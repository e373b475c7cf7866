#include "service/signin/app_passwords.h"
#include "base/arena.h"
#include "base/buf.h"
#include "base/cur.h"
#include "base/log.h"
#include "base/random.h"
#include "core/audit.h"
#include "core/credential/kdf.h"
#include "core/directory.h"

enum { GROUP = 4, SHOWN_MAX = APP_PASSWORD_CHARS + APP_PASSWORD_CHARS / GROUP };

/* Without those that look alike: l, o, 0, 1. */
static const char alphabet[32] = "abcdefghijkmnpqrstuvwxyz23456789";

static const struct {
    const char *name;
    enum app_scope bit;
} scopes[] = {
    {"imap", APP_IMAP}, {"pop", APP_POP}, {"smtp", APP_SMTP},
    {"jmap", APP_JMAP}, {"dav", APP_DAV}, {"sieve", APP_SIEVE},
};

const char *app_scope_at(size_t n, uint32_t *bit)
{
    if (n >= sizeof scopes / sizeof *scopes)
        return NULL;
    *bit = scopes[n].bit;
    return scopes[n].name;
}

uint32_t app_scope_of(struct str name)
{
    for (size_t i = 0; i < sizeof scopes / sizeof *scopes; i++)
        if (str_ieq(name, str_z(scopes[i].name)))
            return scopes[i].bit;
    return 0;
}

struct str app_scope_names(struct arena *a, uint32_t set)
{
    struct buf b = buf_of(a, 100);
    for (size_t i = 0; i < sizeof scopes / sizeof *scopes; i++)
        if (set & scopes[i].bit)
            buf_printf(&b, "%s%s", b.n ? "," : "", scopes[i].name);
    return buf_str(&b);
}

/* What counts of it; false when no application password looks like this. */
static bool normal(struct str password, char out[APP_PASSWORD_CHARS])
{
    size_t n = 0;
    if (password.n > 2 * SHOWN_MAX)
        return false;
    for (size_t i = 0; i < password.n; i++) {
        char c = ascii_lower(password.p[i]);
        if (c == '-' || c == ' ')
            continue;
        if (n == APP_PASSWORD_CHARS || str_chr(str_of(alphabet, sizeof alphabet), c) == SIZE_MAX)
            return false;
        out[n++] = c;
    }
    return n == APP_PASSWORD_CHARS;
}

/* The hash, of which the first bytes are its number. */
static uint64_t hash_of(const char text[APP_PASSWORD_CHARS],
                        unsigned char hash[APP_PASSWORD_HASH_BYTES])
{
    uint64_t id = 0;
    kdf_sha256(str_of(text, APP_PASSWORD_CHARS), hash);
    struct cur c = cur_of(str_of(hash, APP_PASSWORD_HASH_BYTES));
    must(cur_le64(&c, &id));
    return id;
}

static enum code note(struct ctx *cx, struct core *c, const struct principal *who,
                      struct audit_entry entry)
{
    log_event(c->log, LOG_INFO, "app_password.changed", "login=%s act=%.*s by=%s",
              log_quote(cx->arena, who->address), STR_ARG(entry.act),
              log_quote(cx->arena, entry.actor));
    entry.at_ms = cx->now_ms;
    entry.object = who->address;
    return audit_add(cx, c, &entry);
}

enum code app_passwords_make(struct ctx *cx, struct core *c, const struct principal *who,
                             struct str actor, struct app_password *p, struct str *text)
{
    unsigned char random[APP_PASSWORD_CHARS];
    char plain[APP_PASSWORD_CHARS];
    struct buf shown = buf_of(cx->arena, SHOWN_MAX);
    if (!p->name.n || p->name.n > APP_PASSWORD_NAME_MAX)
        return fail(cx, E_SYNTAX, "an application password has a name of 1 to %d bytes",
                    APP_PASSWORD_NAME_MAX);
    if (!p->scopes || p->scopes & ~(uint32_t)APP_SCOPES_ALL)
        return fail(cx, E_SYNTAX, "an application password is for something");
    random_bytes(cx->random, random, sizeof random);
    for (size_t i = 0; i < sizeof plain; i++) {
        plain[i] = alphabet[random[i] % sizeof alphabet];
        if (i && i % GROUP == 0)
            buf_byte(&shown, '-');
        buf_byte(&shown, plain[i]);
    }
    p->who = who->id;
    p->created_ms = cx->now_ms;
    p->used_ms = 0;
    p->id = hash_of(plain, p->hash);
    kdf_wipe(random, sizeof random);
    kdf_wipe(plain, sizeof plain);
    TRY(app_password_add(cx, c, p));
    TRY(note(cx, c, who,
             (struct audit_entry){.actor = actor,
                                  .act = STR("app-password.add"),
                                  .detail =
                                      str_printf(cx->arena, "%016llx \"%.*s\" for %.*s",
                                                 (unsigned long long)p->id, STR_ARG(p->name),
                                                 STR_ARG(app_scope_names(cx->arena, p->scopes)))}));
    *text = buf_str(&shown);
    return OK;
}

enum code app_passwords_end(struct ctx *cx, struct core *c, const struct principal *who,
                            struct str actor, uint64_t id)
{
    TRY(app_password_drop(cx, c, who->id, id));
    return note(
        cx, c, who,
        (struct audit_entry){.actor = actor,
                             .act = STR("app-password.remove"),
                             .detail = str_printf(cx->arena, "%016llx", (unsigned long long)id)});
}

/* E_NOT_FOUND when it is none of who's. */
static enum code find(struct ctx *cx, struct core *c, principal_id who, struct str password,
                      struct app_password *out)
{
    char plain[APP_PASSWORD_CHARS];
    unsigned char hash[APP_PASSWORD_HASH_BYTES];
    if (!normal(password, plain))
        return fail(cx, E_NOT_FOUND, "no application password looks like this");
    uint64_t id = hash_of(plain, hash);
    kdf_wipe(plain, sizeof plain);
    TRY(app_password_get(cx, c, who, id, out));
    return kdf_equal(hash, out->hash, sizeof hash) ? OK : fail(cx, E_NOT_FOUND, "another one");
}

enum code app_passwords_check(struct ctx *cx, struct core *c, principal_id who,
                              enum app_scope scope, struct str password, uint64_t *id)
{
    struct app_password p;
    enum code code = find(cx, c, who, password, &p);
    if (code != E_NOT_FOUND)
        TRY(code);
    *id = code == OK && (p.scopes & scope) ? p.id : 0;
    return OK;
}

void app_passwords_used(struct ctx *cx, struct core *c, principal_id who, struct str password,
                        const struct peer *peer)
{
    struct app_password p;
    if (find(cx, c, who, password, &p) != OK || cx->now_ms - p.used_ms < APP_PASSWORD_TOUCH_MS)
        return;
    p.used_ms = cx->now_ms;
    p.address = peer->address;
    enum code code = app_password_set(cx, c, &p);
    if (code != OK)
        log_event(c->log, LOG_DEBUG, "app_password.not_noted", "code=%s", code_name(code));
}
