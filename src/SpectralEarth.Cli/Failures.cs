using SpectralEarth.Tasks;
using SpectralEarth.Training;

namespace SpectralEarth.Cli;

/// <summary>Tells failures that a user can mend from bugs.</summary>
internal static class Failures
{
    /// <summary>True for unusable input, full disks, missing rights and the like.</summary>
    internal static bool IsExpected(Exception exception) => exception switch
    {
        AggregateException aggregate => aggregate.InnerExceptions.All(IsExpected),
        IOException or InvalidDataException or FormatException or UnauthorizedAccessException or DivergenceException or DivergedNetworkException or InsufficientMemoryException => true,
        _ => false,
    };

    /// <summary>The message for the user.</summary>
    internal static string Describe(Exception exception) => exception switch
    {
        AggregateException aggregate => string.Join(Environment.NewLine, aggregate.InnerExceptions.Select(Describe)),
        UnauthorizedAccessException => $"{exception.Message} Check the rights of the folder, or choose another --out.",
        _ => exception.Message,
    };
}
