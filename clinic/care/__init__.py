"""Follow-up of residents with a chronic disease: readings, norms, plans, alerts, families, medicines."""
