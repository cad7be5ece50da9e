"""Pictures in: painted scenes and uploads. No Streamlit."""
