"""Where units run. Cheap to import: Ray itself is imported only by the keeper and the driver."""
