"""Pictures into training, validation and test: as folders or a table, anew or as they were divided before."""

from headway.splitting.older import keep_split as keep_split
from headway.splitting.run import check_target as check_target
from headway.splitting.run import split as split
