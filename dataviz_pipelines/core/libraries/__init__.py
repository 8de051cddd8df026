"""What dashboards share: themes that can be read, and chart kinds that say how a chart is configured."""
