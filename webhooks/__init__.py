"""The post office: endpoints, events, deliveries."""
