"""What is in dispute or set aside: rival values and what each choice does, and parked commits."""
