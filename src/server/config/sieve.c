/* Scripts. */
#include "server/config/reader.h"

enum code config_read_sieve(struct reader *r, cfg_t *cfg)
{
    cfg_t *section = cfg_getsec(cfg, "sieve");
    struct filters_config *f = &r->config->filters;
    uint32_t one_kb = 0, all_kb = 0;
    TRY(u32(r, section, "scripts", 1, &f->scripts.scripts));
    TRY(u32(r, section, "script_kb", 1, &one_kb));
    TRY(u32(r, section, "scripts_kb", 1, &all_kb));
    f->scripts.bytes = UINT64_C(1024) * one_kb;
    f->scripts.all_bytes = UINT64_C(1024) * all_kb;
    f->spam_field = text(r, section, "spam_field");
    f->virus_field = text(r, section, "virus_field");
    TRY(u32(r, section, "spam_at", 1, &f->spam_at));
    return u32(r, section, "redirects", 1, &f->redirects);
}
