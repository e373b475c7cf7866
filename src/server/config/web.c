/* The sections about HTTP, about signing in at the page and about our own certificates. */
#include "server/config/reader.h"

cfg_opt_t acme_options[] = {
    CFG_STR("directory", "", CFGF_NONE),
    CFG_STR_LIST("contacts", NULL, CFGF_NONE),
    CFG_BOOL("terms_agreed", cfg_false, CFGF_NONE),
    CFG_STR("challenge", "http", CFGF_NONE),
    CFG_STR_LIST("names", NULL, CFGF_NONE),
    CFG_STR_LIST("domain_labels", NULL, CFGF_NONE),
    CFG_STR("binding_id", "", CFGF_NONE),
    CFG_STR("binding_key", "", CFGF_NONE),
    CFG_STR("acme_authorities", "", CFGF_NONE),
    CFG_INT("retry_s", 900, CFGF_NONE),
    CFG_END(),
};

cfg_opt_t signin_options[] = {
    CFG_INT("idle_s", 86400, CFGF_NONE),
    CFG_INT("life_s", 1209600, CFGF_NONE),
    CFG_INT("per_minute", 300, CFGF_NONE),
    CFG_END(),
};

enum code config_read_http(struct reader *r, cfg_t *cfg)
{
    cfg_t *section = cfg_getsec(cfg, "http");
    struct http_limits *h = &r->config->http;
    long timeout_s = 0, keep_s = 0, hsts_s = 0;
    TRY(number(r, section, "timeout_s", 1, 3600, &timeout_s));
    TRY(number(r, section, "keep_timeout_s", 1, 3600, &keep_s));
    r->config->web_root = text(r, section, "web_root");
    TRY(number(r, section, "hsts_s", 0, 10L * 365 * 24 * 3600, &hsts_s));
    *h = (struct http_limits){.timeout_ms = (uint32_t)timeout_s * 1000,
                              .keep_timeout_ms = (uint32_t)keep_s * 1000,
                              .hsts_s = (uint32_t)hsts_s};
    return OK;
}

enum code config_read_signin(struct reader *r, cfg_t *cfg)
{
    cfg_t *section = cfg_getsec(cfg, "signin");
    struct sessions_config *s = &r->config->sessions;
    TRY(u32(r, section, "idle_s", 60, &s->idle_s));
    TRY(u32(r, section, "per_minute", 0, &r->config->signin_per_minute));
    return u32(r, section, "life_s", 60, &s->life_s);
}

/* Each is one label or more of a host name; wildcards need another challenge than we have. */
static enum code acme_names_good(struct reader *r, cfg_t *section, const struct str *names,
                                 size_t count)
{
    for (size_t i = 0; i < count; i++)
        for (size_t k = 0; k < names[i].n || !names[i].n; k++) {
            char c = names[i].n ? names[i].p[k] : 0;
            if (!ascii_is_alpha(c) && !ascii_is_digit(c) && c != '-' && c != '.')
                return fail(r->cx, E_SYNTAX, "%.*s:%d: acme: \"%.*s\" is no host name",
                            STR_ARG(r->config->file), section->line, STR_ARG(names[i]));
        }
    return OK;
}

static enum code read_acme_lists(struct reader *r, cfg_t *section, struct acme_config *a)
{
    TRY(list_of(r, section, "contacts", ACME_CONTACTS_MAX, a->contacts, &a->contact_count));
    TRY(list_of(r, section, "names", ACME_HOST_NAMES_MAX, a->names, &a->name_count));
    TRY(list_of(r, section, "domain_labels", ACME_LABELS_MAX, a->labels, &a->label_count));
    if (a->name_count == 0)
        a->names[a->name_count++] = r->config->host_name;
    TRY(acme_names_good(r, section, a->names, a->name_count));
    return acme_names_good(r, section, a->labels, a->label_count);
}

enum code config_read_acme(struct reader *r, cfg_t *cfg)
{
    cfg_t *section = cfg_getsec(cfg, "acme");
    struct acme_config *a = &r->config->acme;
    static const char *const challenges[] = {"http", "tls-alpn", NULL};
    int challenge = 0;
    a->directory = text(r, section, "directory");
    if (!a->directory.n)
        return OK;
    TRY(choice(r, section, "challenge", challenges, &challenge));
    a->proof = challenge ? ACME_TLS_ALPN_01 : ACME_HTTP_01;
    a->terms_agreed = cfg_getbool(section, "terms_agreed");
    TRY(read_acme_lists(r, section, a));
    a->binding_id = text(r, section, "binding_id");
    a->binding_key = text(r, section, "binding_key");
    r->config->acme_authorities = text(r, section, "acme_authorities");
    TRY(u32(r, section, "retry_s", 1, &a->retry_s));
    a->dir = str_printf(r->arena, "%.*s/acme", STR_ARG(r->config->data_dir));
    if (!str_istarts(a->directory, STR("https://")))
        return fail(r->cx, E_SYNTAX, "%.*s:%d: acme: directory is no https:// URL",
                    STR_ARG(r->config->file), section->line);
    return OK;
}
