/* The section of the authorisation server. */
#include "server/config/reader.h"

cfg_opt_t oauth_server_options[] = {
    CFG_STR("public_url", "", CFGF_NONE),
    CFG_INT("access_s", 600, CFGF_NONE),
    CFG_INT("refresh_days", 90, CFGF_NONE),
    CFG_BOOL("registration", cfg_false, CFGF_NONE),
    CFG_END(),
};

enum code config_read_oauth_server(struct reader *r, cfg_t *cfg)
{
    cfg_t *section = cfg_getsec(cfg, "oauth_server");
    struct oauth_config *o = &r->config->oauth;
    long access_s = 0, refresh_days = 0;
    o->issuer = text(r, section, "public_url");
    TRY(number(r, section, "access_s", 30, 86400, &access_s));
    TRY(number(r, section, "refresh_days", 1, 3650, &refresh_days));
    o->access_s = (uint32_t)access_s;
    o->refresh_days = (uint32_t)refresh_days;
    o->registration = cfg_getbool(section, "registration");
    if (o->issuer.n && !str_starts(o->issuer, STR("https://")))
        return fail(r->cx, E_SYNTAX, "%.*s:%d: oauth_server: public_url is no https:// URL",
                    STR_ARG(r->config->file), section->line);
    return OK;
}
