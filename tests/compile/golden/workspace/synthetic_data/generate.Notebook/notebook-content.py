# Fabric notebook source

# METADATA ********************

# META {
# META   "kernel_info": {
# META     "name": "jupyter",
# META     "jupyter_kernel_name": "python3.12"
# META   },
# META   "dependencies": {
# META     "lakehouse": {
# META       "default_lakehouse": "45f386ce-4caa-5e71-864a-5aa348834f5c",
# META       "default_lakehouse_name": "synthetic_data",
# META       "default_lakehouse_workspace_id": "00000000-0000-0000-0000-000000000000",
# META       "known_lakehouses": [
# META         {
# META           "id": "45f386ce-4caa-5e71-864a-5aa348834f5c"
# META         }
# META       ]
# META     },
# META     "warehouse": {
# META       "default_warehouse": "9be09e9a-2e4e-51a0-bf31-720c7d94c6c0",
# META       "known_warehouses": [
# META         {
# META           "id": "9be09e9a-2e4e-51a0-bf31-720c7d94c6c0",
# META           "type": "Datawarehouse"
# META         }
# META       ]
# META     }
# META   }
# META }

# PARAMETERS CELL ********************

dataset_id = "retail_oltp_small"

# METADATA ********************

# META {
# META   "language": "python",
# META   "language_group": "jupyter_python"
# META }

# CELL ********************

print(dataset_id)

# METADATA ********************

# META {
# META   "language": "python",
# META   "language_group": "jupyter_python"
# META }
