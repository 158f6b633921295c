# The pipelines as EventBridge Scheduler starts them. It knows times, and no order: each step of a job
# starts `step_minutes` after the one before it. A step whose work is late does no harm: dbt builds
# what is there, and the next day's build has the rest.

locals {
  # Which task definition a step is run by. What is not here (the report, which is a file) is left out.
  task_by_block = {
    "tap-deftunes-api" = "api-extract-job"
    "tap-postgres"     = "rds-extract-job"
    "dbt:"             = "dbt-build-job"
  }

  # Airflow has its own; and what Meltano calls `@once` and the like has no time to be started at.
  timed = [for schedule in var.schedules : schedule if var.orchestrator == "scheduler" && !startswith(coalesce(schedule.interval, "@none"), "@")]

  steps = flatten([
    for schedule in local.timed : [
      for index, block in [
        for block in flatten([for task in var.jobs_by_name[schedule.job] : flatten([task])]) : block
        if length([for start in keys(local.task_by_block) : start if startswith(block, start)]) > 0
        ] : {
        name    = "${replace(schedule.name, "_", "-")}-${index + 1}"
        fields  = split(" ", schedule.interval)
        minutes = tonumber(split(" ", schedule.interval)[1]) * 60 + tonumber(split(" ", schedule.interval)[0]) + index * var.step_minutes
        command = concat(["run"], split(" ", block))
        task    = [for start, task in local.task_by_block : task if startswith(block, start)][0]
      }
    ]
  ])

  # cron: minute hour day month weekday. AWS counts weekdays from 1, and wants `?` for one of the days.
  pipelines = {
    for step in local.steps : step.name => {
      command = step.command
      task    = step.task
      cron = format("cron(%s)", join(" ", [
        step.minutes % 60,
        floor(step.minutes / 60) % 24,
        step.fields[4] == "*" ? step.fields[2] : "?",
        step.fields[3],
        step.fields[4] == "*" ? "?" : tostring(tonumber(step.fields[4]) % 7 + 1),
        "*",
      ]))
    }
  }
}
