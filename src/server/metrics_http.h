/* Metrics, health and readiness for Prometheus and for load balancers, by HTTP/1.1 on loopback. */
#ifndef SERVER_METRICS_HTTP_H
#define SERVER_METRICS_HTTP_H

#include "base/engine.h"

/* GET /metrics, /health (the process answers), /ready (it would take work). env: struct server. */
extern const struct engine metrics_engine;

#endif
