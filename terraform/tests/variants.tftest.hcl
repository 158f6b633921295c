# What no emulator has: Redshift Serverless, managed Airflow, table optimizers. With a provider that
# makes up what AWS would answer, these tests see that the parts fit, and no more than that.

mock_provider "aws" {
  source = "./tests/mocks"
}

run "serverless_is_paid_by_the_second_and_has_a_limit" {
  command = apply
  variables {
    warehouse = { mode = "serverless", base_rpus = 8, daily_rpu_hours = 4 }
  }

  assert {
    condition     = output.meltano_env.variables.REDSHIFT_HOST == "workgroup.internal"
    error_message = "dbt is not told of the workgroup's host."
  }

  assert {
    condition     = output.meltano_env.variables.REDSHIFT_WORKGROUP == "deftunes-emulated" && output.meltano_env.variables.REDSHIFT_CLUSTER_ID == ""
    error_message = "dbt is told of a cluster in the place of a workgroup."
  }

  assert {
    condition     = output.meltano_env.variables.REDSHIFT_LOGIN == "serverless"
    error_message = "target-redshift would log in to a cluster."
  }
}

run "the_demo_database_keeps_its_own_password" {
  command = apply

  assert {
    condition     = output.meltano_env.secrets.DEFTUNES_SONGS_PASSWORD == "arn:aws:secretsmanager:us-east-1:123456789012:secret:rds-AbCdEf:password::"
    error_message = "The songs job does not read the password that AWS keeps."
  }
}

run "airflow_in_the_place_of_the_scheduler" {
  command = apply
  variables {
    orchestrator = "mwaa"
  }

  assert {
    condition     = output.schedules == {}
    error_message = "Both would start the pipelines."
  }
}

run "nothing_starts_the_tasks" {
  command = apply
  variables {
    orchestrator = "none"
  }

  assert {
    condition     = output.schedules == {}
    error_message = "Something starts the pipelines."
  }
}

run "a_network_without_the_internet" {
  command = apply
  variables {
    internet_access     = false
    interface_endpoints = ["ecr.api", "ecr.dkr", "glue", "kms", "logs", "redshift", "secretsmanager", "ssm", "sts"]
    endpoint_zones      = 1
  }

  assert {
    condition     = length(output.meltano_env.airflow.DEFTUNES_ECS_SUBNETS) > 0
    error_message = "Tasks have no network."
  }
}

run "glue_keeps_the_tables_in_order" {
  command = apply
  variables {
    table_optimizers = true
  }

  assert {
    condition     = contains(keys(output.jobs), "lake-maintain-job")
    error_message = "Our own upkeep is gone."
  }
}
