namespace SpectralEarth.Recipes;

/// <summary>A recipe or descriptor that cannot be used; the message lists every broken rule with file, line and key.</summary>
public sealed class RecipeException(string message, Exception? innerException = null) : FormatException(message, innerException);
