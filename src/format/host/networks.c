#include "format/host/networks.h"

static const struct str unix_word = STR("unix");

bool ip_networks_add(struct ip_networks *n, struct str text)
{
    if (n->count == NETWORKS_MAX)
        return false;
    size_t slash = str_chr(text, '/');
    uint64_t bits;
    n->at[n->count].local = str_eq(text, unix_word);
    if (n->at[n->count].local) {
        n->count++;
        return true;
    }
    struct ip ip;
    if (!ip_parse(str_sub(text, 0, slash), &ip))
        return false;
    bits = ip.v6 ? 128 : 32;
    if (slash != SIZE_MAX) {
        uint64_t most = bits;
        if (!str_u64(str_from(text, slash + 1), &bits) || bits > most)
            return false;
    }
    n->at[n->count].ip = ip;
    n->at[n->count++].bits = (unsigned)bits;
    return true;
}

bool ip_networks_have(const struct ip_networks *n, struct str address)
{
    struct ip ip;
    bool local = str_starts(address, unix_word);
    if (!local && !ip_parse(address, &ip))
        return false;
    for (size_t i = 0; i < n->count; i++) {
        if (n->at[i].local != local)
            continue;
        if (local || ip_in(ip, n->at[i].ip, n->at[i].bits))
            return true;
    }
    return false;
}
