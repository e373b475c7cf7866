/* The section smime. */
#include "server/config/reader.h"

cfg_opt_t smime_options[] = {
    CFG_STR("trust", "/etc/ssl/certs/ca-certificates.crt", CFGF_NONE),
    CFG_END(),
};

void config_read_smime(struct reader *r, cfg_t *cfg)
{
    r->config->smime_trust = text(r, cfg_getsec(cfg, "smime"), "trust");
}
