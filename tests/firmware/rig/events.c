/* Correction: avr_reset() wipes every cycle timer, the rig's own included. All events live here, in absolute cycles,
 * behind one simavr timer that avr.c arms again after each reset. */
#include "rig.h"

#define MOST 32

static event_t *events[MOST];
static int count;
static bool running;

static cycle_t tick(avr_t *it, cycle_t when, void *param);

void event_add(event_t *event, void (*run)(event_t *, cycle_t), void *owner) {
  if (count == MOST) fail("too many events");
  event->when = 0;
  event->run = run;
  event->owner = owner;
  events[count++] = event;
}

cycle_t events_next(void) {
  cycle_t next = 0;
  for (int i = 0; i < count; i++)
    if (events[i]->when && (!next || events[i]->when < next)) next = events[i]->when;
  return next;
}

void events_rearm(void) {
  if (running) return;
  const cycle_t next = events_next();
  if (!next) return;
  avr_cycle_timer_register(avr, next > avr->cycle ? next - avr->cycle : 1, tick, NULL);
}

void event_at(event_t *event, cycle_t when) {
  event->when = when;
  events_rearm();
}

static cycle_t tick(avr_t *it, cycle_t when, void *param) {
  (void)param;
  (void)when;
  running = true;
  cycle_t next = events_next();
  while (next && next <= it->cycle) {
    for (int i = 0; i < count; i++) {
      if (events[i]->when != next) continue;
      events[i]->when = 0;
      events[i]->run(events[i], next);
    }
    next = events_next();
  }
  running = false;
  return next;
}
