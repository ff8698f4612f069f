"""/api/classify and the page's tables, trainings and labelling."""
