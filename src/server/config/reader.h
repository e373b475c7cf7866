/* What the sections of the configuration file are read with. */
#ifndef SERVER_CONFIG_READER_H
#define SERVER_CONFIG_READER_H

#include "base/buf.h"
#include "server/config.h"
#include <confuse.h>

/* A file of sections uses those that it needs. */
#define HELPER static __attribute__((unused))

/* What the reading of one file passes along. */
struct reader {
    struct ctx *cx;
    struct arena *arena;
    struct config *config;
};

/* A text, copied into the arena of the configuration; empty when it is not set. */
HELPER struct str text(const struct reader *r, cfg_t *section, const char *name)
{
    const char *value = cfg_getstr(section, name);
    return value ? str_dup(r->arena, str_z(value)) : (struct str){0};
}

/* E_SYNTAX when it is not from low to high. */
HELPER enum code number(struct reader *r, cfg_t *section, const char *name, long low, long high,
                        long *out)
{
    long value = cfg_getint(section, name);
    if (value < low || value > high)
        return fail(r->cx, E_SYNTAX, "%.*s:%d: %s = %ld: must be from %ld to %ld",
                    STR_ARG(r->config->file), section->line, name, value, low, high);
    *out = value;
    return OK;
}

/* As number, up to ten million. */
HELPER enum code u32(struct reader *r, cfg_t *section, const char *name, long low, uint32_t *out)
{
    long value = 0;
    TRY(number(r, section, name, low, 10000000, &value));
    *out = (uint32_t)value;
    return OK;
}

/* The index of value among words, which NULL ends. */
HELPER enum code choice(struct reader *r, cfg_t *section, const char *name,
                        const char *const *words, int *out)
{
    const char *value = cfg_getstr(section, name);
    struct buf all = buf_of(r->cx->arena, 200);
    for (int i = 0; words[i]; i++) {
        if (value && strcmp(value, words[i]) == 0) {
            *out = i;
            return OK;
        }
        buf_printf(&all, "%s%s", i ? ", " : "", words[i]);
    }
    return fail(r->cx, E_SYNTAX, "%.*s:%d: %s = \"%.40s\": must be one of %.*s",
                STR_ARG(r->config->file), section->line, name, value ? value : "",
                STR_ARG(buf_str(&all)));
}

/* E_LIMIT when there are more than max. */
HELPER enum code list_of(struct reader *r, cfg_t *section, const char *name, size_t max,
                         struct str *out, size_t *count)
{
    *count = cfg_size(section, name);
    if (*count > max)
        return fail(r->cx, E_LIMIT, "%.*s:%d: %s: more than %zu", STR_ARG(r->config->file),
                    section->line, name, max);
    for (unsigned i = 0; i < *count; i++)
        out[i] = str_dup(r->arena, str_z(cfg_getnstr(section, name, i)));
    return OK;
}

/* config/web.c: the sections http, signin and acme. */
extern cfg_opt_t acme_options[], signin_options[];
MUST_USE enum code config_read_http(struct reader *r, cfg_t *cfg);
MUST_USE enum code config_read_signin(struct reader *r, cfg_t *cfg);
MUST_USE enum code config_read_acme(struct reader *r, cfg_t *cfg);
/* config/sieve.c: the section sieve. */
MUST_USE enum code config_read_sieve(struct reader *r, cfg_t *cfg);
/* config/smime.c: the section smime. */
extern cfg_opt_t smime_options[];
void config_read_smime(struct reader *r, cfg_t *cfg);
/* config/oauth.c: oauth_server. */
extern cfg_opt_t oauth_server_options[];
MUST_USE enum code config_read_oauth_server(struct reader *r, cfg_t *cfg);

#endif
