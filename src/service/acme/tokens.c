#include "service/acme/tokens.h"
#include "base/arena.h"
#include "base/map.h"
#include <pthread.h>
#include <stdlib.h>

struct acme_tokens {
    pthread_mutex_t lock;
    struct map *all; /* token to a text on the heap */
};

struct text {
    size_t n;
    char bytes[];
};

bool acme_token_is_good(struct str token)
{
    for (size_t i = 0; i < token.n; i++)
        if (!ascii_is_alpha(token.p[i]) && !ascii_is_digit(token.p[i]) && token.p[i] != '-' &&
            token.p[i] != '_')
            return false;
    return token.n && token.n <= ACME_TOKEN_MAX;
}

struct acme_tokens *acme_tokens_open(void)
{
    struct acme_tokens *t = calloc(1, sizeof *t);
    must(t && pthread_mutex_init(&t->lock, NULL) == 0);
    t->all = map_open();
    return t;
}

void acme_tokens_close(struct acme_tokens *t)
{
    size_t at = 0;
    struct str token;
    void *text;
    while (map_next(t->all, &at, &token, &text))
        free(text);
    map_close(t->all);
    must(pthread_mutex_destroy(&t->lock) == 0);
    free(t);
}

void acme_tokens_put(struct acme_tokens *t, struct str token, struct str authorization)
{
    struct text *text = malloc(sizeof *text + authorization.n);
    must(text);
    text->n = authorization.n;
    memcpy(text->bytes, authorization.p, authorization.n);
    pthread_mutex_lock(&t->lock);
    free(map_put(t->all, token, text));
    pthread_mutex_unlock(&t->lock);
}

void acme_tokens_drop(struct acme_tokens *t, struct str token)
{
    pthread_mutex_lock(&t->lock);
    free(map_remove(t->all, token));
    pthread_mutex_unlock(&t->lock);
}

bool acme_tokens_find(struct acme_tokens *t, struct arena *a, struct str token, struct str *out)
{
    pthread_mutex_lock(&t->lock);
    const struct text *text = map_get(t->all, token);
    if (text)
        *out = str_dup(a, str_of(text->bytes, text->n));
    pthread_mutex_unlock(&t->lock);
    return text != NULL;
}
