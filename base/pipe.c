/* SPDX-License-Identifier: Apache-2.0 */
#include "base/pipe.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>

struct mtk_pipe {
    pthread_mutex_t lock;
    /* One condition is enough: a full pipe makes only the producer wait, an empty one only the consumer. */
    pthread_cond_t changed;
    size_t count, size;
    size_t first, full; /* oldest full buffer, and how many are full */
    bool ended, closed;
    bool running;
    pthread_t helper;
    void (*fn)(void *ctx);
    void *ctx;
    size_t *len;
    uint8_t *data;
};

struct mtk_pipe *mtk_pipe_new(size_t count, size_t size)
{
    struct mtk_pipe *p = calloc(1, sizeof(*p));
    if (!p)
        return NULL;
    p->count = count;
    p->size = size;
    p->len = calloc(count, sizeof(*p->len));
    p->data = size <= SIZE_MAX / count ? malloc(count * size) : NULL;
    pthread_mutex_init(&p->lock, NULL);
    pthread_cond_init(&p->changed, NULL);
    if (!p->len || !p->data) {
        mtk_pipe_free(p);
        return NULL;
    }
    return p;
}

void mtk_pipe_free(struct mtk_pipe *p)
{
    if (!p)
        return;
    pthread_cond_destroy(&p->changed);
    pthread_mutex_destroy(&p->lock);
    free(p->len);
    free(p->data);
    free(p);
}

size_t mtk_pipe_buffer_size(const struct mtk_pipe *p)
{
    return p->size;
}

uint8_t *mtk_pipe_reserve(struct mtk_pipe *p)
{
    pthread_mutex_lock(&p->lock);
    while (p->full == p->count && !p->closed)
        pthread_cond_wait(&p->changed, &p->lock);
    uint8_t *buf = p->closed ? NULL : p->data + ((p->first + p->full) % p->count) * p->size;
    pthread_mutex_unlock(&p->lock);
    return buf;
}

void mtk_pipe_push(struct mtk_pipe *p, size_t len)
{
    if (!len)
        return;
    pthread_mutex_lock(&p->lock);
    p->len[(p->first + p->full) % p->count] = len;
    p->full++;
    pthread_cond_signal(&p->changed);
    pthread_mutex_unlock(&p->lock);
}

void mtk_pipe_end(struct mtk_pipe *p)
{
    pthread_mutex_lock(&p->lock);
    p->ended = true;
    pthread_cond_signal(&p->changed);
    pthread_mutex_unlock(&p->lock);
}

const uint8_t *mtk_pipe_peek(struct mtk_pipe *p, size_t *len)
{
    pthread_mutex_lock(&p->lock);
    while (!p->full && !p->ended && !p->closed)
        pthread_cond_wait(&p->changed, &p->lock);
    const uint8_t *buf = NULL;
    *len = 0;
    if (p->full && !p->closed) {
        buf = p->data + p->first * p->size;
        *len = p->len[p->first];
    }
    pthread_mutex_unlock(&p->lock);
    return buf;
}

void mtk_pipe_pop(struct mtk_pipe *p)
{
    pthread_mutex_lock(&p->lock);
    p->first = (p->first + 1) % p->count;
    p->full--;
    pthread_cond_signal(&p->changed);
    pthread_mutex_unlock(&p->lock);
}

void mtk_pipe_close(struct mtk_pipe *p)
{
    pthread_mutex_lock(&p->lock);
    p->closed = true;
    pthread_cond_signal(&p->changed);
    pthread_mutex_unlock(&p->lock);
}

static void *run(void *arg)
{
    struct mtk_pipe *p = arg;
    p->fn(p->ctx);
    return NULL;
}

int mtk_pipe_start(struct mtk_pipe *p, void (*fn)(void *ctx), void *ctx)
{
    p->first = p->full = 0;
    p->ended = p->closed = false;
    p->fn = fn;
    p->ctx = ctx;
    /* Signals belong to the program's own threads: a Ctrl-C must interrupt the session, not a hash. */
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int e = pthread_create(&p->helper, NULL, run, p);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    p->running = e == 0;
    errno = e;
    return e ? -1 : 0;
}

void mtk_pipe_join(struct mtk_pipe *p)
{
    if (p->running)
        pthread_join(p->helper, NULL);
    p->running = false;
}
