namespace SpectralEarth.Cli;

/// <summary>An option whose value cannot be used; ends with exit code 2.</summary>
internal sealed class UsageException(string message, Exception? innerException = null) : Exception(message, innerException)
{
    /// <summary>Returns what <paramref name="options"/> returns, turning its complaints about values into bad usage.</summary>
    internal static T Check<T>(Func<T> options)
    {
        try
        {
            return options();
        }
        catch (Exception error) when (error is ArgumentException or FormatException)
        {
            throw new UsageException(error.Message, error);
        }
    }
}
