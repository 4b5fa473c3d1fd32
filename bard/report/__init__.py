"""What was recorded, as pages that print: certificates, reports, their charts."""
